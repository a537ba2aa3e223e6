//! The guided page of a link with a managed instance: its fields beside those of the SQL Server, what is wrong with
//! them, and what has to be agreed to before anything is made.
//!
//! ```text
//! fields ──dry run──▶ statements told ──agreed to──▶ run
//!    ▲                      │
//!    └──── changed: told anew, agreed to anew
//! ```
//! It holds the instance's password while it is typed. It has no `Debug`, and nothing here writes it anywhere.

use super::form::Form;
use super::sign_in::SignIn;
use super::span;
use model::api::Practice;
use model::lasting::{InstanceLink, Lasting, LinkDirection, LinkWay, is_host};
use target::Parsed;
use zeroize::Zeroizing;

/// A mistake, and the field that it is in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wrong {
    pub(crate) field: &'static str,
    pub(crate) sentence: String,
}

/// What stands in the fields.
#[derive(Clone)]
pub(crate) struct Fields {
    pub(crate) instance: String,
    pub(crate) user: String,
    pub(crate) password: Zeroizing<String>,
    pub(crate) to_instance: bool,
    pub(crate) from_instance: bool,
    pub(crate) way: LinkWay,
    pub(crate) address: String,
    pub(crate) subnet: String,
    pub(crate) server_port: String,
    pub(crate) instance_port: String,
    pub(crate) limit: String,
    pub(crate) poll: String,
    pub(crate) agreed: Agreed,
}

/// What a person has agreed to.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Agreed {
    /// Objects may be made on both servers.
    pub(crate) objects: bool,
    /// A master key may be made, or must not; nothing while nobody has said.
    pub(crate) master_key: Option<bool>,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            instance: String::new(),
            user: String::new(),
            password: Zeroizing::default(),
            to_instance: true,
            from_instance: true,
            way: LinkWay::default(),
            address: String::new(),
            subnet: String::new(),
            server_port: "5022".to_owned(),
            instance_port: "5022".to_owned(),
            limit: span::text(90_000),
            poll: span::text(1_000),
            agreed: Agreed::default(),
        }
    }
}

impl Fields {
    /// The instance, as it was understood.
    pub(crate) fn parsed(&self) -> Result<Parsed, target::Error> {
        target::parse(self.instance.trim())
    }

    /// The fields of a run that is made again; its passwords are not known.
    pub(crate) fn of(link: &InstanceLink) -> Self {
        Self {
            instance: link.instance.clone(),
            user: link.user.clone(),
            password: Zeroizing::default(),
            to_instance: link.goes(LinkDirection::ToInstance),
            from_instance: link.goes(LinkDirection::FromInstance),
            way: link.way,
            address: link.address.clone(),
            subnet: link.subnet.clone().unwrap_or_default(),
            server_port: link.server_port.to_string(),
            instance_port: link.instance_port.to_string(),
            limit: span::text(link.limit_ms),
            poll: span::text(link.poll_ms),
            agreed: Agreed::default(),
        }
    }

    /// Both servers of a practice link, beside the form of the SQL Server.
    pub(crate) fn practise(&mut self, pair: &Pair) {
        let auth = pair.instance.auth.as_ref();
        *self = Self {
            instance: pair.instance.server.clone().unwrap_or_default(),
            user: auth.map(|auth| auth.user.clone()).unwrap_or_default(),
            password: Zeroizing::new(auth.map(|auth| auth.password.clone()).unwrap_or_default()),
            address: "127.0.0.1".to_owned(),
            subnet: "127.0.0.0/8".to_owned(),
            ..Self::default()
        };
    }

    /// What the portal is asked for. In a dry run nobody has agreed to anything, and all that could be sent is told.
    pub(crate) fn asked(&self, dry_run: bool) -> Result<InstanceLink, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut told = |field: &'static str, sentence: &str| {
            wrong.push(Wrong {
                field,
                sentence: sentence.to_owned(),
            });
        };
        let instance = match self.parsed() {
            Ok(parsed) => parsed.server,
            Err(error) => {
                told("instance", &error.to_string());
                String::new()
            }
        };
        if self.user.trim().is_empty() {
            told("instance-user", "Give the login name on the instance.");
        }
        let mut directions = Vec::new();
        if self.to_instance {
            directions.push(LinkDirection::ToInstance);
        }
        if self.from_instance {
            directions.push(LinkDirection::FromInstance);
        }
        if directions.is_empty() {
            told("to-instance", "Choose a direction, or both.");
        }
        let address = self.address.trim();
        if self.from_instance && !is_host(address) {
            told(
                "address",
                "Give a name or an address, without a port: the instance connects to it.",
            );
        }
        let mut number = |field, text: &str| {
            let read = text.trim().parse::<u16>().ok().filter(|port| *port > 0);
            if read.is_none() {
                told(field, "A port is a number from 1 to 65535.");
            }
            read.unwrap_or(1)
        };
        let server_port = number("server-port", &self.server_port);
        let instance_port = number("instance-port", &self.instance_port);
        let mut length = |field, text: &str, least, most| {
            let read = span::read(text).filter(|ms| (least..=most).contains(ms));
            if read.is_none() {
                let (least, most) = (span::text(least), span::text(most));
                told(field, &format!("Give a time from {least} to {most}."));
            }
            read.unwrap_or(least)
        };
        let limit_ms = length("limit", &self.limit, 100, 600_000);
        let poll_ms = length("poll", &self.poll, 10, 10_000);
        let subnet = self.subnet.trim();
        let link = InstanceLink {
            instance,
            user: self.user.trim().to_owned(),
            directions,
            way: self.way,
            address: if self.from_instance {
                address.to_owned()
            } else {
                String::new()
            },
            subnet: (!subnet.is_empty()).then(|| subnet.to_owned()),
            server_port,
            instance_port,
            objects_allowed: !dry_run && self.agreed.objects,
            // Told, so that what it would send is seen before anybody agrees to it.
            master_key_allowed: if dry_run {
                self.from_instance
            } else {
                self.from_instance && self.agreed.master_key == Some(true)
            },
            dry_run,
            poll_ms,
            limit_ms,
        };
        if wrong.is_empty() && has_no_subnet(&link) {
            wrong.push(Wrong {
                field: "subnet",
                sentence: "Give an address and a length, like 10.1.0.0/24, or leave it empty."
                    .into(),
            });
        }
        if wrong.is_empty() {
            Ok(link)
        } else {
            Err(wrong)
        }
    }

    /// What is still missing before it can begin for good, in the order of the page.
    pub(crate) fn missing(&self, form: &Form) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let mut told = |field: &'static str, sentence: &str| {
            wrong.push(Wrong {
                field,
                sentence: sentence.to_owned(),
            });
        };
        if !form.sign_in.logs_in() {
            told(
                "sign-in",
                "Choose how to sign in at the SQL Server: both servers are asked by somebody who may.",
            );
        }
        if let Some(sentence) = SignIn::Sql.secret_wrong(&self.password) {
            let sentence = sentence.replace(", or choose another sign-in", "");
            told("instance-password", &sentence);
        }
        if self.makes_objects() && !self.agreed.objects {
            told(
                "agree-objects",
                "Agree to what is made on the servers, or leave it at the dry run.",
            );
        }
        if self.from_instance && self.agreed.master_key.is_none() {
            told("agree-key", "Say whether a master key may be made.");
        }
        wrong
    }

    /// Whether anything is made on a server.
    pub(crate) fn makes_objects(&self) -> bool {
        self.from_instance || self.way == LinkWay::ServerJob
    }
}

fn has_no_subnet(link: &InstanceLink) -> bool {
    let alone = InstanceLink {
        objects_allowed: true,
        ..link.clone()
    };
    let refused = Lasting {
        instance_link: Some(alone),
        ..Lasting::default()
    }
    .reason_refused();
    refused.is_some_and(|reason| reason.contains("subnet"))
}

/// A practice link: a SQL Server and an instance of the portal's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Pair {
    /// The one of the two that it is about.
    pub(crate) about: Practice,
    pub(crate) server: Practice,
    pub(crate) instance: Practice,
}

/// Of all practice targets, those that make a link: each SQL Server with the sound instance, each other instance with
/// the sound SQL Server.
pub(crate) fn pairs(practice: &[Practice]) -> Vec<Pair> {
    let named = |name: &str| {
        let mut all = practice.iter();
        all.find(|one| one.scenario == name).cloned()
    };
    let (Some(server), Some(instance)) = (named("link_server"), named("link_instance")) else {
        return Vec::new();
    };
    let parts = practice
        .iter()
        .filter(|one| one.scenario.starts_with("link_") && one.scenario != "link_instance");
    parts
        .map(|one| {
            let is_instance = one.scenario.starts_with("link_instance");
            Pair {
                about: one.clone(),
                server: if is_instance { &server } else { one }.clone(),
                instance: if is_instance { one } else { &instance }.clone(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::api::PracticeAuth;

    fn fields() -> Fields {
        Fields {
            instance: "mi.abc.database.windows.net".into(),
            user: "tester".into(),
            address: "10.0.0.4".into(),
            ..Fields::default()
        }
    }

    fn fields_of(wrong: Vec<Wrong>) -> Vec<&'static str> {
        wrong.into_iter().map(|one| one.field).collect()
    }

    #[test]
    fn every_mistake_is_told_at_its_field() {
        type Change = fn(&mut Fields);
        let table: [(Change, &[&str]); 12] = [
            (|_| {}, &[]),
            (|it| it.instance.clear(), &["instance"]),
            (|it| it.instance = "a b,c".into(), &["instance"]),
            (|it| it.user = " ".into(), &["instance-user"]),
            (
                |it| (it.to_instance, it.from_instance) = (false, false),
                &["to-instance"],
            ),
            (|it| it.address = "10.0.0.4:5022'".into(), &["address"]),
            (
                |it| {
                    it.address.clear();
                    it.from_instance = false;
                },
                &[],
            ),
            (|it| it.subnet = "10.1.0.0".into(), &["subnet"]),
            (|it| it.subnet = "10.1.0.0/33".into(), &["subnet"]),
            (|it| it.server_port = "0".into(), &["server-port"]),
            (|it| it.limit = "1 h".into(), &["limit"]),
            (
                |it| {
                    it.instance_port = "x".into();
                    it.poll = "soon".into();
                },
                &["instance-port", "poll"],
            ),
        ];
        for (change, told) in table {
            let mut fields = fields();
            change(&mut fields);
            for dry_run in [true, false] {
                let wrong = fields.asked(dry_run).err().unwrap_or_default();
                assert_eq!(fields_of(wrong), told);
            }
        }
    }

    #[test]
    fn a_dry_run_tells_what_nobody_has_agreed_to_and_is_taken_by_the_model() {
        let link = fields().asked(true).expect("complete");
        assert!(link.dry_run && !link.objects_allowed && link.master_key_allowed);
        let asked = |link: InstanceLink| Lasting {
            instance_link: Some(link),
            ..Lasting::default()
        };
        assert_eq!(asked(link).reason_refused(), None);
        let mut fields = fields();
        let link = fields.asked(false).expect("complete");
        assert!(asked(link).reason_refused().is_some(), "nobody has agreed");
        fields.agreed.objects = true;
        fields.agreed.master_key = Some(false);
        let link = fields.asked(false).expect("complete");
        assert!(!link.dry_run && link.objects_allowed && !link.master_key_allowed);
        assert_eq!(asked(link).reason_refused(), None);
    }

    #[test]
    fn it_cannot_begin_until_both_are_said() {
        let signed_in = Form {
            sign_in: SignIn::Sql,
            ..Form::default()
        };
        let mut fields = fields();
        let missing = |fields: &Fields, form: &Form| fields_of(fields.missing(form));
        assert_eq!(
            missing(&fields, &Form::default()),
            ["sign-in", "instance-password", "agree-objects", "agree-key"]
        );
        fields.password = Zeroizing::new("S3cr".into());
        fields.agreed.objects = true;
        assert_eq!(missing(&fields, &signed_in), ["agree-key"]);
        fields.agreed.master_key = Some(false);
        assert!(missing(&fields, &signed_in).is_empty());
        // Where the agent itself connects to the instance, nothing is made.
        fields.agreed = Agreed::default();
        fields.from_instance = false;
        assert_eq!(missing(&fields, &signed_in), ["agree-objects"]);
        fields.way = LinkWay::Directly;
        assert!(missing(&fields, &signed_in).is_empty());
    }

    #[test]
    fn the_fields_of_a_run_are_those_it_is_made_again_with() {
        let mut fields = fields();
        fields.subnet = "10.1.0.0/24".into();
        fields.way = LinkWay::Directly;
        fields.agreed.objects = true;
        let again = Fields::of(&fields.asked(false).expect("complete"));
        assert_eq!(again.agreed, Agreed::default(), "agreed to anew");
        assert_eq!(again.asked(true), fields.asked(true));
    }

    #[test]
    fn practice_fills_in_both_sides() {
        let practice = |scenario: &str| Practice {
            scenario: scenario.into(),
            server: Some(format!("tcp:{scenario}.localhost,40000")),
            title: String::new(),
            explains: String::new(),
            auth: Some(PracticeAuth {
                user: "practice".into(),
                password: "public".into(),
            }),
            unavailable: None,
        };
        let names = [
            "healthy",
            "link_server",
            "link_instance",
            "link_half_way",
            "link_instance_blocked",
        ];
        let all = names.map(practice);
        let pairs = pairs(&all);
        let told: Vec<(&str, &str)> = pairs
            .iter()
            .map(|pair| {
                (
                    pair.server.scenario.as_str(),
                    pair.instance.scenario.as_str(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("link_server", "link_instance"),
                ("link_half_way", "link_instance"),
                ("link_server", "link_instance_blocked"),
            ]
        );
        let mut fields = Fields::default();
        for pair in &pairs {
            fields.practise(pair);
            assert!(fields.asked(true).is_ok());
        }
        assert!(super::pairs(&all[..2]).is_empty());
    }
}
