//! Writes that are cut off.

use model::lasting::{CutMoment, WriteWay};

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
