//! A retry policy as a person writes it, and what it would have come to.

use bundle::lasting::{Lasting, Table, policies};
use rules::replay::Policy;

/// A field: what it is called, and between which numbers it lies.
pub(crate) struct Field {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) least: u32,
    pub(crate) most: u32,
}

const fn field(id: &'static str, label: &'static str, least: u32, most: u32) -> Field {
    Field {
        id,
        label,
        least,
        most,
    }
}

/// Attempts, waits and limit; then the layer beneath.
pub(crate) const FIELDS: [Field; 7] = [
    field("policy-attempts", "Attempts in all", 1, 20),
    field("policy-first", "First wait, s", 0, 600),
    field(
        "policy-growth",
        "Each further wait, % of the last",
        100,
        1_000,
    ),
    field("policy-longest", "Longest wait, s", 0, 600),
    field("policy-limit", "Limit, s (0: none)", 0, 3_600),
    field("policy-beneath", "Driver beneath, attempts", 1, 10),
    field("policy-between", "Driver beneath, wait, s", 0, 60),
];

/// What stands in the fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Written(pub(crate) [String; 7]);

impl Default for Written {
    fn default() -> Self {
        Self(["6", "5", "200", "60", "180", "1", "10"].map(str::to_owned))
    }
}

impl Written {
    fn number(&self, place: usize) -> Option<u32> {
        let field = FIELDS.get(place)?;
        let number = self.0.get(place)?.trim().parse().ok()?;
        (field.least..=field.most)
            .contains(&number)
            .then_some(number)
    }

    /// Whether a field holds what it may.
    pub(crate) fn is_right(&self, place: usize) -> bool {
        self.number(place).is_some()
    }

    /// The policy; `None` while a field is wrong.
    pub(crate) fn policy(&self) -> Option<Policy> {
        let ms = |place| Some(u64::from(self.number(place)?) * 1_000);
        let own = Policy {
            attempts: self.number(0)?,
            first_delay_ms: ms(1)?,
            growth_percent: self.number(2)?,
            longest_delay_ms: ms(3)?,
            limit_ms: Some(ms(4)?).filter(|limit| *limit > 0),
            ..Policy::exponential()
        };
        let (beneath, between) = (self.number(5)?, ms(6)?);
        if beneath == 1 {
            return Some(own);
        }
        Some(own.over(Policy {
            attempts: beneath,
            first_delay_ms: between,
            longest_delay_ms: between,
            ..Policy::none()
        }))
    }

    /// What it would have come to, as a row of the table of policies; `None` while a field is wrong, or nothing is
    /// recorded.
    pub(crate) fn played(&self, all: &Lasting) -> Option<Table> {
        let policy = self.policy()?;
        let table = policies(all, [("Your policy", &policy)]);
        (!table.rows.is_empty()).then_some(Table {
            title: "What yours would have made of it",
            ..table
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_make_a_policy_of_one_layer_or_two() {
        let usual = Written::default();
        assert_eq!(usual.policy(), Some(Policy::exponential()));
        for (place, text, right) in [
            (0, "0", false),
            (0, "21", false),
            (0, " 3 ", true),
            (1, "", false),
            (2, "99", false),
            (4, "0", true),
            (5, "3", true),
        ] {
            let mut written = usual.clone();
            written.0[place] = text.into();
            assert_eq!(written.is_right(place), right, "{place} {text}");
            assert_eq!(written.policy().is_some(), right, "{place} {text}");
        }
        let mut two = usual.clone();
        two.0[5] = "3".into();
        let beneath = two
            .policy()
            .and_then(|policy| policy.beneath)
            .expect("a second layer");
        assert_eq!((beneath.attempts, beneath.first_delay_ms), (3, 10_000));
        let mut endless = usual;
        endless.0[4] = "0".into();
        assert_eq!(endless.policy().and_then(|policy| policy.limit_ms), None);
    }

    #[test]
    fn a_change_is_seen_at_once() {
        let mut all = Lasting::default();
        assert_eq!(Written::default().played(&all), None);
        for second in 0..120 {
            let failed = (20..40).contains(&second).then_some(rules::replay::Failed {
                code: model::FailureCode::LoginRejected,
                number: Some(40_613),
            });
            all.timeline.push(second * 1_000_000, 20_000, failed);
        }
        let came = |written: &Written| written.played(&all).expect("a row").rows[0][1].text.clone();
        let mut written = Written::default();
        assert_eq!(came(&written), "120 of 120");
        written.0[0] = "2".into();
        assert_eq!(came(&written), "105 of 120");
    }
}
