//! What of the facts about a way's capacity is masked, field by field.

use super::Masker;
use model::lasting::{
    AddressAnswer, AddressesTried, LocalPorts, RampEnd, RampFailure, RampStage, SizeAnswer,
    SynTimes,
};

impl Masker {
    pub(super) fn ramp_stage(&mut self, stage: &RampStage) -> RampStage {
        let RampStage {
            from_us,
            tried,
            established,
            open,
            median_us,
            max_us,
            failed,
        } = stage;
        RampStage {
            from_us: *from_us,
            tried: *tried,
            established: *established,
            open: *open,
            median_us: *median_us,
            max_us: *max_us,
            failed: failed
                .iter()
                .map(|(code, count)| (self.code(code), *count))
                .collect(),
        }
    }

    pub(super) fn ramp_end(&mut self, end: &RampEnd) -> RampEnd {
        let RampEnd {
            endpoint,
            tried,
            most_open,
            failed,
            first_failure,
            lost,
            worked_after,
        } = end;
        RampEnd {
            endpoint: self.endpoint(endpoint),
            tried: *tried,
            most_open: *most_open,
            failed: *failed,
            first_failure: first_failure.as_ref().map(|one| self.ramp_failure(one)),
            lost: *lost,
            worked_after: *worked_after,
        }
    }

    fn ramp_failure(&mut self, failure: &RampFailure) -> RampFailure {
        let RampFailure { open, code, detail } = failure;
        RampFailure {
            open: *open,
            code: self.code(code),
            detail: detail.as_ref().map(|text| self.peer(text)),
        }
    }

    pub(super) fn syn_times(&mut self, times: &SynTimes) -> SynTimes {
        let SynTimes {
            endpoint,
            tried,
            established,
            again,
            median_us,
            max_us,
        } = times;
        SynTimes {
            endpoint: self.endpoint(endpoint),
            tried: *tried,
            established: *established,
            again: *again,
            median_us: *median_us,
            max_us: *max_us,
        }
    }

    pub(super) fn addresses_tried(&mut self, tried: &AddressesTried) -> AddressesTried {
        let AddressesTried {
            order,
            first_us,
            answers,
        } = tried;
        AddressesTried {
            order: *order,
            first_us: *first_us,
            answers: answers.iter().map(|one| self.address_answer(one)).collect(),
        }
    }

    fn address_answer(&mut self, answer: &AddressAnswer) -> AddressAnswer {
        let AddressAnswer {
            endpoint,
            elapsed_us,
            code,
        } = answer;
        AddressAnswer {
            endpoint: self.endpoint(endpoint),
            elapsed_us: *elapsed_us,
            code: code.as_ref().map(|code| self.code(code)),
        }
    }

    pub(super) fn size_answer(&mut self, answer: &SizeAnswer) -> SizeAnswer {
        let SizeAnswer {
            message,
            bytes,
            segment,
            elapsed_us,
            code,
            counters,
        } = answer;
        SizeAnswer {
            message: *message,
            bytes: *bytes,
            segment: *segment,
            elapsed_us: *elapsed_us,
            code: code.as_ref().map(|code| self.code(code)),
            counters: *counters,
        }
    }
}

/// Numbers only.
pub(super) fn local_ports(ports: &LocalPorts) -> LocalPorts {
    let LocalPorts {
        range,
        connections,
        waiting,
        to_endpoint,
    } = ports;
    LocalPorts {
        range: *range,
        connections: *connections,
        waiting: *waiting,
        to_endpoint: *to_endpoint,
    }
}
