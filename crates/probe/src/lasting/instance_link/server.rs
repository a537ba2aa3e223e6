//! One of the two servers of a link, signed in.

use crate::failure::Failure;
use crate::lasting::{HeldConnection, own_ground};
use crate::login::server_message;
use crate::objects::{self, first_hop};
use crate::record::StepLog;
use crate::run::Run;
use model::{FailureCode, Observation, ServerObject};
use std::time::Duration;
use tds::rows::Value;
use tds::token::Reply;
use tokio::time::Instant;

use super::statements::Made;

/// Errors: something of that name is there. Objects, certificates, jobs, keys and endpoints.
const TAKEN: [i32; 4] = [2714, 15_232, 14_261, 15_530];

/// A connection to it, and what belongs to that.
pub(super) struct Server<'a> {
    /// As the plan names it.
    pub(super) name: String,
    connection: HeldConnection<'a>,
    answers_within: Duration,
    /// What was sent last.
    sent: String,
}

/// What a server says of a statement that it did not do.
pub(super) enum Refusal {
    /// Its number, and its words.
    Number(i32, Failure),
    /// There was no answer.
    Lost(Failure),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Number(_, failure) | Refusal::Lost(failure) => failure,
        }
    }
}

impl<'a> Server<'a> {
    /// Signs in; what is seen of that goes to `step`.
    pub(super) async fn open(run: &'a Run<'a>, step: StepLog<'a>) -> Result<Self, Failure> {
        let mut hop = own_ground(&first_hop(run));
        hop.database = "master".to_owned();
        let opened = HeldConnection::open(hop, step, 1).await;
        Ok(Self {
            name: run.plan.target.server.clone(),
            connection: opened.map_err(|not_there| not_there.failure)?,
            answers_within: run.limits.query,
            sent: String::new(),
        })
    }

    /// One batch. A refusal is told.
    pub(super) async fn ask(&mut self, sql: &str, step: StepLog<'_>) -> Result<Reply, Refusal> {
        self.ask_within(sql, self.answers_within, step).await
    }

    /// The same with another limit.
    pub(super) async fn ask_within(
        &mut self,
        sql: &str,
        limit: Duration,
        step: StepLog<'_>,
    ) -> Result<Reply, Refusal> {
        self.tell(sql, step);
        let asked = self.connection.query(sql, Instant::now() + limit).await;
        let reply = asked.map_err(|lost| {
            let why = format!("the connection was lost: {:?}", lost.standing);
            Refusal::Lost(Failure::new(
                FailureCode::QueryFailed,
                lost.why.unwrap_or(why),
            ))
        })?;
        let mut first = None;
        for error in reply.errors() {
            step.observe(None, Observation::ServerError(server_message(error)));
            first.get_or_insert((error.number, error.text.clone()));
        }
        match first {
            None => Ok(reply),
            Some((number, text)) => Err(Refusal::Number(
                number,
                Failure::new(FailureCode::QueryFailed, text),
            )),
        }
    }

    /// What it says of itself, when it says it: a view that it does not have, or does not show, tells nothing.
    pub(super) async fn look(
        &mut self,
        sql: &str,
        step: StepLog<'_>,
    ) -> Result<Option<Vec<Vec<Value>>>, Failure> {
        self.tell(sql, step);
        let deadline = Instant::now() + self.answers_within;
        match self.connection.query(sql, deadline).await {
            Ok(reply) if reply.errors().next().is_some() => Ok(None),
            Ok(reply) => Ok(Some(reply.rows().map(<[Value]>::to_vec).collect())),
            Err(lost) => Err(Failure::new(
                FailureCode::QueryFailed,
                lost.why
                    .unwrap_or_else(|| format!("the connection was lost: {:?}", lost.standing)),
            )),
        }
    }

    /// Tells that a statement is sent; of one that is sent again and again, the first.
    fn tell(&mut self, sql: &str, step: StepLog<'_>) {
        if self.sent != sql {
            sql.clone_into(&mut self.sent);
            let sql = sql.to_owned();
            step.observe(None, Observation::StatementSent { sql });
        }
    }

    /// Makes something: it is looked for, written down, and made, in that order. `own` is the run that keeps the
    /// journal.
    pub(super) async fn make(
        &mut self,
        made: &Made,
        number: u32,
        own: &Run<'_>,
        step: StepLog<'_>,
    ) -> Result<(), Failure> {
        let taken = || {
            Failure::new(
                FailureCode::NameTaken,
                format!("{} {}", made.kind, made.name),
            )
        };
        let found = self.ask(&made.look, step).await.map_err(Failure::from)?;
        if found.rows().next().is_some() {
            return Err(taken());
        }
        let object = ServerObject {
            number,
            kind: made.kind.to_owned(),
            server: self.name.clone(),
            database: made.database.to_owned(),
            name: made.name.clone(),
            drop: made.drop.clone(),
            look: made.look.clone(),
        };
        objects::announce(own, step, &object).await?;
        for (at, batch) in made.create.iter().enumerate() {
            match self.ask(batch, step).await {
                Ok(_) if at == 0 => objects::made(step, &object),
                Ok(_) => {}
                Err(Refusal::Number(number, _)) if at == 0 && TAKEN.contains(&number) => {
                    objects::not_ours(own, step, &object).await;
                    return Err(taken());
                }
                Err(refusal) => return Err(refusal.into()),
            }
        }
        Ok(())
    }

    /// A last word.
    pub(super) async fn close(self) {
        self.connection.close().await;
    }
}

/// A value as text, where it is one or can be written as one.
pub(super) fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Text(text) => Some(text.clone()),
        other => number(Some(other)).map(|number| number.to_string()),
    }
}

/// A value as a number, whatever integer it came as.
pub(super) fn number(value: Option<&Value>) -> Option<i64> {
    Some(match value? {
        Value::Bit(bit) => i64::from(*bit),
        Value::TinyInt(number) => i64::from(*number),
        Value::SmallInt(number) => i64::from(*number),
        Value::Int(number) => i64::from(*number),
        Value::BigInt(number) => *number,
        Value::Text(text) => text.trim().parse().ok()?,
        _ => return None,
    })
}
