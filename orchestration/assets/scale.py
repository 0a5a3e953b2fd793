"""Events at scale: the command `dyadwatch events aggregate` as an asset, in a process of its own, outside the build."""

import sys

import dagster as dg

from warehouse.settings import Settings

GROUP = "scale"


class Aggregation(dg.Config):
    """Options of the command; a text left empty takes its default."""

    engine: str = "polars"
    master: str = ""
    conf: dict[str, str] = {}  # noqa: RUF012  # pydantic gives each instance its own
    source: str = ""
    out: str = ""
    half_life_days: float = 30.0


def events_aggregate(settings: Settings) -> dg.AssetsDefinition:
    """Return the asset that aggregates the event files of the home, or those that its configuration names."""

    @dg.asset(
        name="events_aggregate",
        group_name=GROUP,
        kinds={"polars", "spark"},
        deps=["core_gdelt__daily_dyads"],
        description="Dyad-days and decayed stocks of all pairs in Parquet, by Polars or Spark in a process of its own.",
    )
    def aggregated(context: dg.AssetExecutionContext, config: Aggregation, pipes: dg.PipesSubprocessClient):  # type: ignore[no-untyped-def]  # as in core
        texts = {"master": config.master, "in": config.source, "out": config.out}
        options = [f"--{name}={text}" for name, text in texts.items() if text]
        options += [f"--conf={key}={value}" for key, value in config.conf.items()]
        options += [f"--engine={config.engine}", f"--half-life={config.half_life_days}", "--force"]
        command = [sys.executable, "-m", "orchestration.cli", "events", "aggregate", *options]
        done = pipes.run(command=command, context=context, env={"DYADWATCH_HOME": str(settings.home)})
        return done.get_materialize_result()

    return aggregated
