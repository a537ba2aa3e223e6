#!/usr/bin/env python3
"""Cuts the two data files down to what this crate reads, because the page carries them too.

    ./strip.py PATH/errors.json PATH/gateways.json

writes errors.json, transient.json and gateways.json beside this script. Run it when the full files change. What to say about each
number stands in advice.json, which is written by hand: number, whose job, cause, what to do.
"""
import json
import pathlib
import sys

here = pathlib.Path(__file__).parent
errors = json.load(open(sys.argv[1]))
gateways = json.load(open(sys.argv[2]))
documented = set(errors["meta"]["lists"]["ms_docs_transient"]["numbers"])


def written(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def transient(error):
    known = {True: "yes", False: "no", None: "event"}
    return error["transient"] if error["transient"] == "conditional" else known[error["transient"]]


def resolved(action, actions):
    """The advice itself where it says "As 10928…"."""
    if not action.startswith("As "):
        return action
    digits = "".join(c for c in action.removeprefix("As ").split("-")[0].split(" ")[0] if c.isdigit())
    return actions[int(digits)]


def sign_in(cloud):
    """A cloud's hosts; those that the checker reaches are the public one's."""
    public = [h.split(":")[0] for h in gateways["entra_hosts_checked_by_checker"]] if cloud["id"] == "public" else []
    return list(dict.fromkeys(cloud["login_hosts"] + public))


by_state = {n: s["action"] for s in errors["login_failed_states"] for n in s["states"]}

lines = [
    written({
        "number": e["number"], "name": e["name"], "layer": e["layer"], "transient": transient(e),
        "retry": e["transient"] is True or e["number"] in documented,
    })
    for e in errors["errors"]
]
states = [
    written({"states": s["states"], "meaning": s["meaning"], "action": resolved(s["action"], by_state)})
    for s in errors["login_failed_states"]
]
(here / "errors.json").write_text(
    '{"errors":[\n' + ",\n".join(lines) + '\n],"login_states":[\n' + ",\n".join(states) + "\n]}\n"
)

# Lists of numbers that somebody calls transient, in words of our own. The other lists of the full file are not that.
TITLES = {
    "ms_docs_transient": "Microsoft's documentation of Azure SQL",
    "efcore_main_2026": "Entity Framework Core",
    "efcore_3x": "Entity Framework Core 3",
    "sqlclient_configurable_2026": "SqlClient, configurable retry",
    "sqlclient_open_netcore": "SqlClient on .NET, while it opens a connection",
    "sqlclient_open_netfx": "SqlClient on .NET Framework, while it opens a connection",
    "mssql_jdbc_2026": "mssql-jdbc",
    "mssql_rs_2026": "mssql-rs",
    "adonet_sample": "Microsoft's ADO.NET sample",
    "tedious_port": "tedious",
}
lists = [
    written({"id": id, "title": title, "numbers": sorted(errors["meta"]["lists"][id]["numbers"])})
    for id, title in TITLES.items()
]
(here / "transient.json").write_text("[\n" + ",\n".join(lists) + "\n]\n")

regions = [
    written({
        "name": r["region"], "cloud": r["cloud"], "ranges": r["gateway_ranges"],
        "exact": r["checker_gateway_ips"],
        "retired": r.get("legacy_gateway_ips_2023", []) + r.get("deactivated_gateway_ips_2021", []),
    })
    for r in gateways["regions"]
]
clouds = [
    written({
        "id": c["id"], "name": c["name"], "sql": c["sql_suffix"].lstrip("."),
        "synapse": c.get("synapse_suffix", "").lstrip("."), "sign_in": sign_in(c),
    })
    for c in gateways["clouds"]
]
(here / "gateways.json").write_text(
    '{"as_of":' + written(gateways["meta"]["as_of"]) + ',"clouds":[\n' + ",\n".join(clouds)
    + '\n],"regions":[\n' + ",\n".join(regions) + "\n]}\n"
)
