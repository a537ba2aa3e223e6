//! What of the facts of a retry loop and of a heartbeat is masked, field by field.

use super::Masker;
use model::lasting::{
    BeatMinute, FailedAlike, FreshLoginFailed, LinkChange, LoopFailure, LoopMinute,
};

impl Masker {
    pub(super) fn loop_failure(&mut self, failure: &LoopFailure) -> LoopFailure {
        let LoopFailure {
            operation,
            started_us,
            elapsed_us,
            phase,
            code,
            endpoint,
            local,
            errors,
            lag_max_us,
            detail,
        } = failure;
        LoopFailure {
            operation: *operation,
            started_us: *started_us,
            elapsed_us: *elapsed_us,
            phase: *phase,
            code: self.code(code),
            endpoint: endpoint.as_ref().map(|text| self.endpoint(text)),
            local: local.as_ref().map(|text| self.endpoint(text)),
            errors: errors.clone(),
            lag_max_us: *lag_max_us,
            detail: detail.as_ref().map(|text| self.peer(text)),
        }
    }

    pub(super) fn loop_minute(&mut self, minute: &LoopMinute) -> LoopMinute {
        let LoopMinute {
            from_us,
            until_us,
            worked,
            failed,
            passed_over,
            most_at_once,
        } = minute;
        LoopMinute {
            from_us: *from_us,
            until_us: *until_us,
            worked: worked.clone(),
            failed: failed.iter().map(|one| self.failed_alike(one)).collect(),
            passed_over: *passed_over,
            most_at_once: *most_at_once,
        }
    }

    pub(super) fn failed_alike(&mut self, alike: &FailedAlike) -> FailedAlike {
        let FailedAlike {
            code,
            number,
            times,
        } = alike;
        FailedAlike {
            code: self.code(code),
            number: *number,
            times: times.clone(),
        }
    }

    pub(super) fn link_change(&mut self, change: &LinkChange) -> LinkChange {
        let LinkChange {
            at_us,
            now,
            last_answer_us,
            lost_us,
            loss,
            code,
            detail,
            detect_us,
            recover_us,
            outage_us,
            tries,
            endpoint,
            local,
            lag_max_us,
            counters,
        } = change;
        LinkChange {
            at_us: *at_us,
            now: *now,
            last_answer_us: *last_answer_us,
            lost_us: *lost_us,
            loss: *loss,
            code: self.code(code),
            detail: detail.as_ref().map(|text| self.peer(text)),
            detect_us: *detect_us,
            recover_us: *recover_us,
            outage_us: *outage_us,
            tries: *tries,
            endpoint: endpoint.as_ref().map(|text| self.endpoint(text)),
            local: local.as_ref().map(|text| self.endpoint(text)),
            lag_max_us: *lag_max_us,
            counters: *counters,
        }
    }

    pub(super) fn fresh_login_failed(&mut self, failed: &FreshLoginFailed) -> FreshLoginFailed {
        let FreshLoginFailed {
            beat,
            started_us,
            elapsed_us,
            code,
            number,
            endpoint,
            detail,
        } = failed;
        FreshLoginFailed {
            beat: *beat,
            started_us: *started_us,
            elapsed_us: *elapsed_us,
            code: self.code(code),
            number: *number,
            endpoint: endpoint.as_ref().map(|text| self.endpoint(text)),
            detail: detail.as_ref().map(|text| self.peer(text)),
        }
    }
}

/// Numbers and times only.
pub(super) fn beat_minute(minute: &BeatMinute) -> BeatMinute {
    let BeatMinute {
        from_us,
        until_us,
        beats,
        answered,
        passed_over,
        answers,
        logins,
        logins_worked,
        lag_max_us,
        retransmitted,
        changes_left_out,
    } = minute;
    BeatMinute {
        from_us: *from_us,
        until_us: *until_us,
        beats: *beats,
        answered: *answered,
        passed_over: *passed_over,
        answers: *answers,
        logins: *logins,
        logins_worked: *logins_worked,
        lag_max_us: *lag_max_us,
        retransmitted: *retransmitted,
        changes_left_out: *changes_left_out,
    }
}
