"""The index as a plain Streamlit page draws it."""

import streamlit as st

from tools.peers.plain_chart import drawn

st.title("United States–Mexico")
period = st.radio("Period", ["all", "1 year"], horizontal=True)
grain = st.radio("Grain", ["monthly", "daily"], horizontal=True)
st.plotly_chart(drawn(period, grain, cooperation=st.checkbox("Cooperation")))
