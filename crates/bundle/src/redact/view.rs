//! What of a run's view is masked, field by field: its own, its steps', its findings'.

use super::Masker;
use model::{Artifact, Finding, Link, RunView, Step};

impl Masker {
    pub(super) fn view(mut self, run: &RunView) -> RunView {
        let RunView {
            id,
            group: _,
            state,
            interruption,
            outcome,
            cancelling,
            cleaning,
            target,
            login,
            options,
            agent,
            agent_name,
            created_at,
            started_at,
            settled_at,
            last_seq,
            steps,
            findings,
            verdict,
            rules_version,
            artifacts,
        } = run;
        RunView {
            id: *id,
            // Its other runs are shared by links of their own, or not at all.
            group: None,
            state: *state,
            interruption: *interruption,
            outcome: *outcome,
            cancelling: *cancelling,
            cleaning: *cleaning,
            target: self.target(target),
            login: self.login(login),
            options: self.options(options),
            agent: self.agent(*agent),
            agent_name: self.agent_name(agent_name),
            created_at: *created_at,
            started_at: *started_at,
            settled_at: *settled_at,
            last_seq: *last_seq,
            steps: steps.iter().map(|step| self.step(step)).collect(),
            findings: findings.iter().map(|one| self.finding(one)).collect(),
            verdict: verdict.as_ref().map(|one| self.finding(one)),
            rules_version: *rules_version,
            artifacts: artifacts.iter().map(left_out).collect(),
        }
    }

    fn step(&mut self, step: &Step) -> Step {
        let Step {
            id,
            parent,
            kind,
            hop,
            subject,
            state,
            code,
            detail,
            started_us,
            elapsed_us,
            attempts,
            started_seq,
            finished_seq,
        } = step;
        Step {
            id: *id,
            parent: *parent,
            kind: *kind,
            hop: *hop,
            subject: self.subject(subject),
            state: *state,
            code: code.as_ref().map(|code| self.code(code)),
            detail: detail.as_ref().map(|text| self.peer(text)),
            started_us: *started_us,
            elapsed_us: *elapsed_us,
            attempts: attempts.iter().map(|one| self.attempt(one)).collect(),
            started_seq: *started_seq,
            finished_seq: *finished_seq,
        }
    }

    fn finding(&mut self, finding: &Finding) -> Finding {
        let Finding {
            code,
            severity,
            title,
            explanation,
            recommendation,
            owner,
            confidence,
            evidence,
            steps,
            links,
        } = finding;
        Finding {
            code: code.clone(),
            severity: *severity,
            title: self.ours(title),
            explanation: self.ours(explanation),
            recommendation: recommendation.iter().map(|text| self.ours(text)).collect(),
            owner: *owner,
            confidence: *confidence,
            evidence: evidence.clone(),
            steps: steps.clone(),
            links: links.iter().map(link_kept).collect(),
        }
    }
}

/// A file beside the log is as the wire or the host gave it: nothing in it can be masked, so none of it is shown.
fn left_out(artifact: &Artifact) -> Artifact {
    let Artifact {
        name: _,
        bytes: _,
        sha256: _,
        kind: _,
        left_out: _,
    } = artifact;
    Artifact {
        left_out: true,
        ..artifact.clone()
    }
}

/// Links are the rules' own, the same in every run: they name nobody.
fn link_kept(link: &Link) -> Link {
    let Link { title: _, url: _ } = link;
    link.clone()
}
