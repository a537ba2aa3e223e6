//! What the two servers answer, as tokens.

use super::Part;
use super::net::Net;
use crate::reply::{error, repeated};
use tds::rows::{Column, ColumnType, Value};
use tds::token::{Body, Done, DoneStatus};

/// Why a statement failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// 208.
    NoView,
    /// 229.
    NotPermitted,
    /// 1105.
    Full,
    /// 7862.
    OneEndpoint,
    /// By this number: the name is taken.
    Exists(i32, String),
    /// 14262.
    NotThere(String),
    /// 15507.
    NoMasterKey,
    /// 15578.
    MasterKeyExists,
    /// 15352.
    InUse(String),
    /// 22022.
    AgentStopped,
}

pub(super) fn done() -> Vec<Body> {
    vec![Body::Done(Done::new(DoneStatus::empty()))]
}

pub(super) fn refused(why: &Refused) -> Vec<Body> {
    let (number, class, text) = match why {
        Refused::NoView => (208, 16, "Invalid object name.".to_owned()),
        Refused::NotPermitted => (
            229,
            14,
            "The EXECUTE permission was denied on the object 'sp_add_job', database 'msdb', schema 'dbo'.".to_owned(),
        ),
        Refused::Full => (
            1105,
            17,
            "Could not allocate space for a new page because of insufficient disk space in filegroup 'PRIMARY'.".to_owned(),
        ),
        Refused::OneEndpoint => (
            7862,
            16,
            "An endpoint of the requested type already exists. Only one endpoint of this type is supported.".to_owned(),
        ),
        Refused::Exists(number, name) => {
            (*number, 16, format!("The specified name ('{}') already exists.", repeated(name)))
        }
        Refused::NotThere(name) => {
            (14_262, 16, format!("The specified name ('{}') does not exist.", repeated(name)))
        }
        Refused::NoMasterKey => (
            15_581,
            16,
            "Please create a master key in the database or open the master key in the session before performing this \
             operation."
                .to_owned(),
        ),
        Refused::MasterKeyExists => (
            15_578,
            16,
            "There is already a master key in the database. Please drop it before performing this statement.".to_owned(),
        ),
        Refused::InUse(name) => (
            15_352,
            16,
            format!("The certificate '{}' cannot be dropped because one or more entities use it.", repeated(name)),
        ),
        Refused::AgentStopped => (
            22_022,
            16,
            "SQLServerAgent is not currently running so it cannot be notified of this action.".to_owned(),
        ),
    };
    vec![
        error(number, 1, class, text),
        Body::Done(Done::new(DoneStatus::ERROR)),
    ]
}

fn rows(columns: Vec<Column>, rows: Vec<Vec<Value>>) -> Vec<Body> {
    let count = rows.len() as u64;
    let mut tokens = vec![Body::Columns(columns)];
    tokens.extend(rows.into_iter().map(Body::Row));
    tokens.push(Body::Done(Done::rows(count)));
    tokens
}

fn text_column(name: &str) -> Column {
    Column::new(name, ColumnType::NVarChar { bytes: 8000 })
}

/// Rows of texts.
pub(super) fn texts(columns: &[&str], cells: &[Vec<String>]) -> Vec<Body> {
    let columns = columns.iter().map(|name| text_column(name)).collect();
    let row = |row: &Vec<String>| row.iter().cloned().map(Value::Text).collect();
    rows(columns, cells.iter().map(row).collect())
}

/// A name, if it is there.
pub(super) fn names(name: Option<&str>) -> Vec<Body> {
    let cells: Vec<_> = name.iter().map(|name| vec![repeated(name)]).collect();
    texts(&["name"], &cells)
}

pub(super) fn what_it_is(is_instance: bool, may_nothing: bool) -> Vec<Body> {
    let int = |name| Column::new(name, ColumnType::Int);
    let columns = vec![
        text_column("version"),
        int("edition"),
        int("sysadmin"),
        int("jobs"),
    ];
    let may = Value::Int(i32::from(!may_nothing));
    let edition = if is_instance { 8 } else { 3 };
    let row = vec![
        Value::Text("16.0.1000.6".to_owned()),
        Value::Int(edition),
        may.clone(),
        may,
    ];
    rows(columns, vec![row])
}

pub(super) fn endpoint(endpoint: Option<(&str, u16)>) -> Vec<Body> {
    let columns = vec![
        text_column("name"),
        Column::new("port", ColumnType::Int),
        text_column("state_desc"),
    ];
    let row = |(name, port): (&str, u16)| {
        vec![
            Value::Text(repeated(name)),
            Value::Int(i32::from(port)),
            Value::Text("STARTED".to_owned()),
        ]
    };
    rows(columns, endpoint.map(row).into_iter().collect())
}

/// What an instance says of where it is.
pub(super) fn parameters(net: &Net, part: Part) -> Vec<Body> {
    let Part::Instance(name, _) = part else {
        return refused(&Refused::NoView);
    };
    let hadr = net
        .instance(name)
        .map(|ports| ports.hadr)
        .unwrap_or_default();
    let row = |parameter: &str, value: String| vec!["SQL".to_owned(), parameter.to_owned(), value];
    let cells = [
        row("DnsRecordName", name.to_owned()),
        row("ClusterName", name.to_owned()),
        row("HadrPort", hadr.to_string()),
        row("InstanceName", "practice".to_owned()),
    ];
    texts(&["section_name", "parameter_name", "value"], &cells)
}

pub(super) fn nodes(part: Part) -> Vec<Body> {
    if !matches!(part, Part::Instance(..)) {
        return refused(&Refused::NoView);
    }
    let row = |service: &str, node: &str| {
        vec![
            service.to_owned(),
            node.to_owned(),
            format!("{node}\\MSSQLSERVER"),
        ]
    };
    let cells = [
        row("fabric:/Worker.ISO.ManagedServer/other", "db2"),
        row("fabric:/Worker.ISO.ManagedServer/practice", "db1"),
    ];
    texts(&["service_name", "node_name", "replica_address"], &cells)
}

pub(super) fn history(all: &[(i32, i32, String)]) -> Vec<Body> {
    let int = |name| Column::new(name, ColumnType::Int);
    let columns = vec![int("step_id"), int("run_status"), text_column("message")];
    let row = |(step, status, words): &(i32, i32, String)| {
        vec![
            Value::Int(*step),
            Value::Int(*status),
            Value::Text(words.clone()),
        ]
    };
    rows(columns, all.iter().map(row).collect())
}
