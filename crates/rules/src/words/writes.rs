//! Writes that are cut off.

use model::lasting::{CutMoment, PlannedStatement, StatementPurpose, WriteWay};

/// When the connection was cut, as in `cut after COMMIT was sent`.
#[must_use]
pub fn cut_moment(moment: CutMoment) -> &'static str {
    match moment {
        CutMoment::BeforeSend => "before the write was sent",
        CutMoment::AfterSend => "after the write was sent",
        CutMoment::BeforeCommit => "before COMMIT was sent",
        CutMoment::AfterCommit => "after COMMIT was sent",
        CutMoment::ReplyLost => "after the reply to COMMIT came, unread",
    }
}

/// How it was done again.
#[must_use]
pub fn write_way(way: WriteWay) -> &'static str {
    match way {
        WriteWay::Tracked => "with the tracker",
        WriteWay::Blind => "again without asking",
    }
}

/// What a statement of the writes does, and how often: `commits, 20 times at most`.
#[must_use]
pub fn statement_does(statement: &PlannedStatement) -> String {
    let purpose = match statement.purpose {
        StatementPurpose::Create => "makes what has to be there",
        StatementPurpose::Check => "asks what is there before",
        StatementPurpose::Start => "starts it",
        StatementPurpose::Poll => "asks what came of it",
        StatementPurpose::Fill => "fills it",
        StatementPurpose::WriteTracked => "writes, with its tracker row",
        StatementPurpose::WriteBlind => "writes, without the tracker",
        StatementPurpose::Commit => "commits",
        StatementPurpose::Ask => "asks the tracker",
        StatementPurpose::Count => "counts",
        StatementPurpose::Drop => "takes it away",
        StatementPurpose::LookUp => "reads back that it is gone",
        StatementPurpose::Unknown => "something this version does not know",
    };
    match statement.times {
        None => purpose.to_owned(),
        Some(1) => format!("{purpose}, once"),
        Some(times) => format!("{purpose}, {times} times at most"),
    }
}
