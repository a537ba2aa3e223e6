//! Every wait of the portal, in one place, so that tests can scale them.

use std::time::Duration;

/// Every wait of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// A queued run waits this long for its agent.
    pub queued: Duration,
    /// A lease expires this long after its last renewal.
    pub lease: Duration,
    /// After a cancel, the agent has this long to end the run.
    pub cancel: Duration,
    /// Late batches are taken until the plan's deadline and this much more.
    pub late: Duration,
    /// A poll is held open this long.
    pub poll: Duration,
    /// An agent is shown as disconnected after this long without a word.
    pub disconnected: Duration,
    /// A silent event stream gets a comment this often.
    pub keep_alive: Duration,
    /// Readers that were told to come back do so after this long.
    pub come_back: Duration,
    /// How often an open share link is asked whether its time is over.
    pub share_check: Duration,
    /// The built-in agent has this long to end at shutdown.
    pub agent_end: Duration,
    /// Connections have this long to end at shutdown, after that.
    pub drain: Duration,
    /// How often the time an agent was last heard of is written down.
    pub heard: Duration,
    /// How often runs that are not to be kept are looked for.
    pub retain: Duration,
    /// Between two transactions that take runs away.
    pub sweep_pause: Duration,
    /// An enrolment's token is good for this long, by the wall clock.
    pub enrolment: Duration,
    /// The built-in agent's heartbeat, and its other waits in proportion.
    pub heartbeat: Duration,
    /// A login ends this long after it was made.
    pub login: Duration,
    /// How often the logins that streams are read under are looked at.
    pub login_looked_at: Duration,
    /// A request's head has this long to arrive, and a connection this long to be silent between two.
    pub head: Duration,
    /// A TLS handshake has this long.
    pub handshake: Duration,
    /// A silent HTTP/2 connection is asked this often whether it is alive.
    pub ping: Duration,
    /// How often the files of the certificate are looked at for new ones.
    pub certificate: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            queued: Duration::from_secs(15 * 60),
            lease: Duration::from_secs(30),
            cancel: Duration::from_secs(10),
            late: Duration::from_secs(24 * 60 * 60),
            poll: Duration::from_secs(25),
            disconnected: Duration::from_secs(10),
            keep_alive: Duration::from_secs(15),
            come_back: Duration::from_secs(1),
            share_check: Duration::from_secs(1),
            agent_end: Duration::from_secs(3),
            drain: Duration::from_secs(5),
            heard: Duration::from_secs(30),
            enrolment: Duration::from_secs(15 * 60),
            retain: Duration::from_secs(60 * 60),
            sweep_pause: Duration::from_millis(20),
            heartbeat: Duration::from_secs(3),
            login: Duration::from_secs(12 * 60 * 60),
            login_looked_at: Duration::from_secs(2),
            head: Duration::from_secs(15),
            handshake: Duration::from_secs(10),
            ping: Duration::from_secs(20),
            certificate: Duration::from_secs(60),
        }
    }
}

impl Timing {
    /// All of them times this.
    #[must_use]
    pub fn scaled(self, by: f64) -> Self {
        Self {
            queued: self.queued.mul_f64(by),
            lease: self.lease.mul_f64(by),
            cancel: self.cancel.mul_f64(by),
            late: self.late.mul_f64(by),
            poll: self.poll.mul_f64(by),
            disconnected: self.disconnected.mul_f64(by),
            keep_alive: self.keep_alive.mul_f64(by),
            come_back: self.come_back.mul_f64(by),
            share_check: self.share_check.mul_f64(by),
            agent_end: self.agent_end.mul_f64(by),
            drain: self.drain.mul_f64(by),
            heard: self.heard.mul_f64(by),
            enrolment: self.enrolment.mul_f64(by),
            retain: self.retain.mul_f64(by),
            sweep_pause: self.sweep_pause.mul_f64(by),
            heartbeat: self.heartbeat.mul_f64(by),
            // A login's end is a time of day, which tests set; the head and the handshake are others' work.
            login: self.login,
            login_looked_at: self.login_looked_at.mul_f64(by),
            head: self.head,
            handshake: self.handshake,
            ping: self.ping.mul_f64(by),
            certificate: self.certificate.mul_f64(by),
        }
    }
}
