//! What lasts, as a person asks for it on the start page: seven parts, each a question with a few fields, and what is
//! wrong with them by the model's own bounds.
//!
//! A part that is not asked for keeps what was typed in it.

use super::span;
use model::lasting::{
    Capacity, CutMoment, DataFlow, Heartbeat, IdleLadder, Lane, Lasting, OutOfBounds, PathSurvey,
    RetryLoop, TrackedWrites,
};
use rules::words::duration;

/// One of the seven.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    IdleLadder,
    Heartbeat,
    DataFlow,
    RetryLoop,
    TrackedWrites,
    Capacity,
    Path,
}

impl Part {
    /// In the order of the form.
    pub(crate) const ALL: [Self; 7] = [
        Self::IdleLadder,
        Self::Heartbeat,
        Self::DataFlow,
        Self::RetryLoop,
        Self::TrackedWrites,
        Self::Capacity,
        Self::Path,
    ];

    /// The API's word, and the id of its box.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::IdleLadder => "idle_ladder",
            Self::Heartbeat => "heartbeat",
            Self::DataFlow => "data_flow",
            Self::RetryLoop => "retry_loop",
            Self::TrackedWrites => "tracked_writes",
            Self::Capacity => "capacity",
            Self::Path => "path",
        }
    }

    /// Its name in a line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::IdleLadder => "idle ladder",
            Self::Heartbeat => "heartbeat",
            Self::DataFlow => "data flow",
            Self::RetryLoop => "retry loop",
            Self::TrackedWrites => "tracked writes",
            Self::Capacity => "capacity",
            Self::Path => "path",
        }
    }

    /// Whether a run was asked for it.
    pub(crate) fn is_in(self, asked: &Lasting) -> bool {
        match self {
            Self::IdleLadder => asked.idle_ladder.is_some(),
            Self::Heartbeat => asked.heartbeat.is_some(),
            Self::DataFlow => asked.data_flow.is_some(),
            Self::RetryLoop => asked.retry_loop.is_some(),
            Self::TrackedWrites => asked.tracked_writes.is_some(),
            Self::Capacity => asked.capacity.is_some(),
            Self::Path => asked.path.is_some(),
        }
    }
}

/// What is asked for, by name.
pub(crate) fn names(asked: &Lasting) -> impl Iterator<Item = &'static str> {
    let parts = Part::ALL.into_iter().filter(|part| part.is_in(asked));
    let others = [
        (asked.replica_session.is_some(), "replica session"),
        (asked.listener.is_some(), "listener"),
        (asked.instance_link.is_some(), "instance link"),
    ];
    let others = others.into_iter().filter(|(asked, _)| *asked);
    parts.map(Part::name).chain(others.map(|(_, name)| name))
}

/// Every part with its choices, asked for or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Choices {
    pub(crate) idle_ladder: IdleLadder,
    pub(crate) heartbeat: Heartbeat,
    pub(crate) data_flow: DataFlow,
    pub(crate) retry_loop: RetryLoop,
    pub(crate) tracked_writes: TrackedWrites,
    pub(crate) capacity: Capacity,
    pub(crate) path: PathSurvey,
}

impl Choices {
    fn of(asked: &Lasting) -> Self {
        fn or_usual<T: Clone + Default>(asked: &Option<T>) -> T {
            asked.clone().unwrap_or_default()
        }
        Self {
            idle_ladder: or_usual(&asked.idle_ladder),
            heartbeat: or_usual(&asked.heartbeat),
            data_flow: or_usual(&asked.data_flow),
            retry_loop: or_usual(&asked.retry_loop),
            tracked_writes: asked.tracked_writes.clone().unwrap_or(TrackedWrites {
                schema: "dbo".to_owned(),
                operations: 20,
                moments: CutMoment::all(),
                dry_run: true,
                blind: true,
            }),
            capacity: or_usual(&asked.capacity),
            path: or_usual(&asked.path),
        }
    }
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Holds {
    Number,
    Time,
    /// Several, between commas.
    Times,
}

/// A field of a part.
pub(crate) struct Field {
    pub(crate) part: Part,
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) holds: Holds,
    /// Where the model has it.
    place: &'static str,
    get: fn(&Choices) -> Vec<u64>,
    set: fn(&mut Choices, &[u64]),
}

macro_rules! field {
    ($part:ident, $id:literal, $label:literal, $holds:ident, $of:ident . $key:ident) => {
        Field {
            part: Part::$part,
            id: $id,
            label: $label,
            holds: Holds::$holds,
            place: concat!(stringify!($of), ".", stringify!($key)),
            get: |choices| vec![u64::from(choices.$of.$key)],
            set: |choices, values| {
                let value = values.first().copied().unwrap_or_default();
                // What is too large for the model's type is too large for its bounds.
                choices.$of.$key = value.try_into().unwrap_or(u32::MAX.into());
            },
        }
    };
}

/// Every field, by part.
pub(crate) const FIELDS: [Field; 15] = [
    Field {
        part: Part::IdleLadder,
        id: "idle-rungs",
        label: "Idle times, in seconds",
        holds: Holds::Times,
        place: "idle_ladder.rungs_ms",
        get: |choices| choices.idle_ladder.rungs_ms.clone(),
        set: |choices, values| choices.idle_ladder.rungs_ms = values.to_vec(),
    },
    field!(
        Heartbeat,
        "heartbeat-lasts",
        "For how long",
        Time,
        heartbeat.lasts_ms
    ),
    field!(
        Heartbeat,
        "heartbeat-every",
        "A query every",
        Time,
        heartbeat.every_ms
    ),
    field!(
        Heartbeat,
        "heartbeat-timeout",
        "Lost when silent for",
        Time,
        heartbeat.session_timeout_ms
    ),
    field!(
        Heartbeat,
        "heartbeat-login",
        "Beats between fresh logins",
        Number,
        heartbeat.login_every
    ),
    field!(
        DataFlow,
        "flow-lasts",
        "For how long",
        Time,
        data_flow.lasts_ms
    ),
    field!(
        DataFlow,
        "flow-silence",
        "Lost when silent for",
        Time,
        data_flow.silence_ms
    ),
    field!(
        RetryLoop,
        "loop-lasts",
        "For how long",
        Time,
        retry_loop.lasts_ms
    ),
    field!(
        RetryLoop,
        "loop-every",
        "One begins every",
        Time,
        retry_loop.every_ms
    ),
    field!(
        RetryLoop,
        "loop-at-once",
        "At most at once",
        Number,
        retry_loop.at_once
    ),
    field!(
        TrackedWrites,
        "writes-each",
        "Writes at each moment",
        Number,
        tracked_writes.operations
    ),
    field!(
        Capacity,
        "capacity-connections",
        "Connections, up to 200",
        Number,
        capacity.connections
    ),
    field!(
        Capacity,
        "capacity-rate",
        "Opened each second",
        Number,
        capacity.per_second
    ),
    field!(
        Capacity,
        "capacity-hold",
        "Held for",
        Time,
        capacity.hold_ms
    ),
    field!(Path, "path-syns", "Connects", Number, path.syns),
];

/// How far the idle ladder goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ladder {
    Quick,
    Full,
    Own,
}

impl Ladder {
    /// Each with its word and its label.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Quick, "quick", "Quick: 30 s, 1 min, 2 min"),
        (Self::Full, "full", "Full: 10 idle times, 30 s to 31 min"),
        (Self::Own, "own", "A list of my own"),
    ];
}

/// The lanes of the idle ladder, each with its id and label.
pub(crate) const LANES: [(Lane, &str, &str); 3] = [
    (Lane::Bare, "lane-bare", "without anything"),
    (Lane::KeepAlive, "lane-keep-alive", "with TCP keep-alive"),
    (
        Lane::Heartbeat,
        "lane-heartbeat",
        "with a query now and then",
    ),
];

/// Something that cannot be done as it is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wrong {
    /// Id of the field.
    pub(crate) field: &'static str,
    pub(crate) sentence: String,
}

/// What stands in the fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Lasts {
    on: [bool; 7],
    /// One text for each of [`FIELDS`].
    texts: Vec<String>,
    ladder: Ladder,
    /// Everything else.
    pub(crate) choices: Choices,
    /// What the form has no fields for: it came with an earlier run.
    others: Lasting,
}

impl Default for Lasts {
    fn default() -> Self {
        Self::of(&Lasting::default())
    }
}

impl Lasts {
    /// The fields of what was asked for.
    pub(crate) fn of(asked: &Lasting) -> Self {
        let choices = Choices::of(asked);
        Self {
            on: Part::ALL.map(|part| part.is_in(asked)),
            texts: FIELDS.iter().map(|field| field.show(&choices)).collect(),
            ladder: match &choices.idle_ladder.rungs_ms {
                rungs if *rungs == IdleLadder::default().rungs_ms => Ladder::Quick,
                rungs if *rungs == IdleLadder::FULL_MS => Ladder::Full,
                _ => Ladder::Own,
            },
            choices,
            others: Lasting {
                idle_ladder: None,
                heartbeat: None,
                data_flow: None,
                retry_loop: None,
                tracked_writes: None,
                capacity: None,
                path: None,
                ..asked.clone()
            },
        }
    }

    /// Whether a part is asked for.
    pub(crate) fn is_on(&self, part: Part) -> bool {
        self.on.get(part as usize).copied().unwrap_or_default()
    }

    /// Asks for a part, or not.
    pub(crate) fn turn(&mut self, part: Part, on: bool) {
        if let Some(place) = self.on.get_mut(part as usize) {
            *place = on;
        }
    }

    /// Whether nothing is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        !self.on.contains(&true) && self.others.is_empty()
    }

    /// Whoever allowed something to be written did so for one target; this is another.
    pub(crate) fn elsewhere(&mut self) {
        self.choices.tracked_writes.dry_run = true;
        if let Some(link) = &mut self.others.instance_link {
            link.dry_run = true;
        }
    }

    /// What stands in a field.
    pub(crate) fn text(&self, id: &str) -> String {
        let at = FIELDS.iter().position(|field| field.id == id);
        let text = at.and_then(|at| self.texts.get(at));
        text.cloned().unwrap_or_default()
    }

    /// Something was typed into a field.
    pub(crate) fn type_in(&mut self, id: &str, typed: String) {
        let at = FIELDS.iter().position(|field| field.id == id);
        if let Some(text) = at.and_then(|at| self.texts.get_mut(at)) {
            *text = typed;
        }
    }

    /// How far the idle ladder goes.
    pub(crate) fn ladder(&self) -> Ladder {
        self.ladder
    }

    /// Chooses it. A list of one's own begins with the one before.
    pub(crate) fn climb(&mut self, ladder: Ladder) {
        let rungs = match ladder {
            Ladder::Quick => IdleLadder::default().rungs_ms,
            Ladder::Full => IdleLadder::FULL_MS.to_vec(),
            Ladder::Own => self.choices.idle_ladder.rungs_ms.clone(),
        };
        self.ladder = ladder;
        self.type_in("idle-rungs", span::texts(&rungs));
        self.choices.idle_ladder.rungs_ms = rungs;
    }

    /// Takes a lane into the idle ladder, or out of it.
    pub(crate) fn set_lane(&mut self, lane: Lane, on: bool) {
        let lanes = &mut self.choices.idle_ladder.lanes;
        lanes.retain(|one| *one != lane);
        if on {
            lanes.push(lane);
            lanes.sort_unstable();
        }
    }

    /// Whether a part goes on only once somebody has signed in.
    pub(crate) fn needs_login(&self, part: Part) -> bool {
        match part {
            Part::Heartbeat | Part::DataFlow | Part::RetryLoop => true,
            Part::TrackedWrites => !self.choices.tracked_writes.dry_run,
            Part::IdleLadder | Part::Capacity | Part::Path => false,
        }
    }

    /// What is asked for, or what is wrong with it.
    pub(crate) fn asked(&self, signs_in: bool) -> Result<Lasting, Vec<Wrong>> {
        let (asked, mut wrong) = self.read();
        if let Some(sentence) = self.unsigned(signs_in) {
            wrong.push(Wrong {
                field: "sign-in",
                sentence,
            });
        }
        if wrong.is_empty() {
            Ok(asked)
        } else {
            Err(wrong)
        }
    }

    /// What is wrong with a field.
    pub(crate) fn wrong(&self, id: &str) -> Option<String> {
        let (_, wrong) = self.read();
        let wrong = wrong.into_iter().find(|wrong| wrong.field == id);
        wrong.map(|wrong| wrong.sentence)
    }

    /// How long all of it takes at most; nothing where that cannot be said.
    pub(crate) fn lasts_ms(&self) -> Option<u64> {
        let (asked, wrong) = self.read();
        wrong.is_empty().then(|| asked.lasts_ms())
    }

    /// In a line: the names, and how long at most.
    pub(crate) fn in_a_line(&self) -> String {
        let (asked, _) = self.read();
        let names: Vec<_> = names(&asked).collect();
        match (names.is_empty(), self.lasts_ms()) {
            (true, _) => "for connections that drop: minutes to days".to_owned(),
            (false, None | Some(0)) => names.join(" · "),
            (false, Some(ms)) => format!(
                "{}, {} at most",
                names.join(" · "),
                duration(ms.saturating_mul(1_000))
            ),
        }
    }

    /// Why it needs a sign-in that is missing.
    fn unsigned(&self, signs_in: bool) -> Option<String> {
        if signs_in {
            return None;
        }
        let mut parts = Part::ALL.into_iter();
        let first = parts.find(|part| self.is_on(*part) && self.needs_login(*part))?;
        let name = first.name();
        Some(format!(
            "The {name} goes on once the run has signed in: choose a sign-in, or leave the {name} out under What lasts."
        ))
    }

    fn read(&self) -> (Lasting, Vec<Wrong>) {
        let mut choices = self.choices.clone();
        choices.tracked_writes.schema = choices.tracked_writes.schema.trim().to_owned();
        let mut wrong = Vec::new();
        for (field, text) in FIELDS.iter().zip(&self.texts) {
            if !self.is_on(field.part) {
                continue;
            }
            match field.read(text) {
                Some(values) => (field.set)(&mut choices, &values),
                None => wrong.push(field.wrong(field.holds.wanted().to_owned())),
            }
        }
        let asked = self.only_asked(choices);
        wrong.extend(asked.out_of_bounds().map(|bound| out_of_bounds(&bound)));
        if wrong.is_empty()
            && let Some(reason) = asked.reason_refused()
        {
            wrong.push(refused(&asked, reason));
        }
        (asked, wrong)
    }

    fn only_asked(&self, choices: Choices) -> Lasting {
        let on = |part| self.is_on(part);
        Lasting {
            idle_ladder: on(Part::IdleLadder).then_some(choices.idle_ladder),
            heartbeat: on(Part::Heartbeat).then_some(choices.heartbeat),
            retry_loop: on(Part::RetryLoop).then_some(choices.retry_loop),
            tracked_writes: on(Part::TrackedWrites).then_some(choices.tracked_writes),
            data_flow: on(Part::DataFlow).then_some(choices.data_flow),
            capacity: on(Part::Capacity).then_some(choices.capacity),
            path: on(Part::Path).then_some(choices.path),
            ..self.others.clone()
        }
    }
}

impl Holds {
    fn wanted(self) -> &'static str {
        match self {
            Self::Number => "Give a number.",
            Self::Time => "Give a time, like 500 ms, 30 s, 5 min or 2 h.",
            Self::Times => "Give times between commas, like 30, 60, 120; also 500 ms or 4 min.",
        }
    }

    fn text(self, value: u64) -> String {
        match self {
            Self::Number => value.to_string(),
            Self::Time | Self::Times => span::text(value),
        }
    }
}

impl Field {
    fn show(&self, choices: &Choices) -> String {
        let values = (self.get)(choices);
        match (self.holds, values.first()) {
            (Holds::Times, _) => span::texts(&values),
            (holds, first) => holds.text(first.copied().unwrap_or_default()),
        }
    }

    fn read(&self, text: &str) -> Option<Vec<u64>> {
        match self.holds {
            Holds::Number => text.trim().parse().ok().map(|value| vec![value]),
            Holds::Time => span::read(text).map(|value| vec![value]),
            Holds::Times => span::read_several(text),
        }
    }

    fn wrong(&self, sentence: String) -> Wrong {
        Wrong {
            field: self.id,
            sentence,
        }
    }
}

/// What is wrong though every number is within its bounds: a text.
fn refused(asked: &Lasting, reason: String) -> Wrong {
    let writes = Lasting {
        tracked_writes: asked.tracked_writes.clone(),
        ..Lasting::default()
    };
    if writes.reason_refused().is_some() {
        return Wrong {
            field: "writes-schema",
            sentence: "Name a schema: 1 to 128 characters, no control characters.".to_owned(),
        };
    }
    // Not in the form: it came with an earlier run.
    Wrong {
        field: "lasting",
        sentence: reason,
    }
}

/// The model's word on a field, in the field's units.
fn out_of_bounds(bound: &OutOfBounds) -> Wrong {
    let OutOfBounds { least, most, .. } = *bound;
    if let Some(field) = FIELDS.iter().find(|field| field.place == bound.name) {
        let (least, most) = (field.holds.text(least), field.holds.text(most));
        return field.wrong(match field.holds {
            Holds::Number => format!("Give a number from {least} to {most}."),
            Holds::Time => format!("Give a time from {least} to {most}."),
            Holds::Times => format!("Each idle time is {least} to {most}."),
        });
    }
    let (field, sentence) = match bound.name {
        "idle_ladder.rungs_ms (their number)" => {
            ("idle-rungs", format!("Give {least} to {most} idle times."))
        }
        "idle_ladder.lanes (their number)" => (
            "lane-bare",
            "Choose at least one way to keep them.".to_owned(),
        ),
        "retry_loop.lasts_ms / every_ms (operations)" => (
            "loop-every",
            format!(
                "That would be {} in all; {most} at most. Begin one less often, or for less time.",
                bound.value
            ),
        ),
        // Not in the form: it came with an earlier run.
        name => ("lasting", format!("{name} must be {least} to {most}.")),
    };
    Wrong { field, sentence }
}

#[cfg(test)]
mod tests;
