//! What of the facts of held connections is masked, field by field.

use super::Masker;
use model::lasting::{FlowEnd, IdleRung};

impl Masker {
    pub(super) fn idle_rung(&mut self, rung: &IdleRung) -> IdleRung {
        let IdleRung {
            lane,
            rung_ms,
            endpoint,
            local,
            logged_in,
            idle_us,
            ended_idle,
            beats,
            looked,
            used,
            used_us,
            detail,
            before,
            after,
        } = rung;
        IdleRung {
            lane: *lane,
            rung_ms: *rung_ms,
            endpoint: self.endpoint(endpoint),
            local: self.endpoint(local),
            logged_in: *logged_in,
            idle_us: *idle_us,
            ended_idle: *ended_idle,
            beats: *beats,
            looked: *looked,
            used: *used,
            used_us: *used_us,
            detail: detail.as_ref().map(|text| self.peer(text)),
            before: *before,
            after: *after,
        }
    }

    pub(super) fn flow_end(&mut self, end: &FlowEnd) -> FlowEnd {
        let FlowEnd {
            flow,
            endpoint,
            local,
            lasted_us,
            bytes,
            quiet_us,
            died,
            error,
            detail,
            before,
            after,
        } = end;
        FlowEnd {
            flow: *flow,
            endpoint: self.endpoint(endpoint),
            local: self.endpoint(local),
            lasted_us: *lasted_us,
            bytes: *bytes,
            quiet_us: *quiet_us,
            died: *died,
            error: error.as_ref().map(|error| self.server_message(error)),
            detail: detail.as_ref().map(|text| self.peer(text)),
            before: *before,
            after: *after,
        }
    }
}
