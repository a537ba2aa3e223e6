//! Every statement that the link would send, in its order, and to which of the two.

use super::from_instance::ITSELF;
use super::server_job::step_name;
use super::statements::{self as sql, Goal, Made, Names};
use crate::context::instance_plan;
use model::Plan;
use model::lasting::{
    InstanceLink, LinkDirection, LinkLeg, LinkWay, PlannedStatement, StatementPurpose,
};

/// Stand where only the instance knows what is sent.
const NODE: &str = "<the node that the instance tells>";
const HADR_PORT: &str = "<its HADR port>";
const DNS_NAME: &str = "<the name that the instance tells>";

/// All of it; nothing where the plan asks for no link.
pub(crate) fn planned(plan: &Plan) -> Vec<PlannedStatement> {
    let Some(link) = &plan.options.lasting.instance_link else {
        return Vec::new();
    };
    let instance = instance_plan(plan).map_or_else(
        || link.instance.clone(),
        |instance| instance.target.server.clone(),
    );
    let mut list = List {
        server: plan.target.server.clone(),
        instance,
        names: Names::of(plan.run),
        told: Vec::new(),
    };
    list.precheck(link);
    if link.goes(LinkDirection::ToInstance) {
        list.towards_instance(link);
    }
    if link.goes(LinkDirection::FromInstance) {
        list.towards_server(link);
    }
    list.told
}

struct List {
    server: String,
    instance: String,
    names: Names,
    told: Vec<PlannedStatement>,
}

/// To which of the two.
#[derive(Clone, Copy)]
enum To {
    Server,
    Instance,
}

impl List {
    fn tell(&mut self, to: To, purpose: StatementPurpose, sql: &str, times: Option<u32>) {
        let server = match to {
            To::Server => &self.server,
            To::Instance => &self.instance,
        };
        self.told.push(PlannedStatement {
            purpose,
            sql: sql.to_owned(),
            times,
            server: Some(server.clone()),
        });
    }

    /// Looked for, made. What depends on what is there has no number of times.
    fn make(&mut self, to: To, made: &Made, times: Option<u32>) {
        self.tell(to, StatementPurpose::Check, &made.look, times);
        for batch in &made.create {
            self.tell(to, StatementPurpose::Create, batch, times);
        }
    }

    /// Taken away, looked for.
    fn unmake(&mut self, to: To, made: &Made, times: Option<u32>) {
        self.tell(to, StatementPurpose::Drop, &made.drop, times);
        self.tell(to, StatementPurpose::LookUp, &made.look, times);
    }

    fn precheck(&mut self, link: &InstanceLink) {
        let (once, check) = (Some(1), StatementPurpose::Check);
        for text in [
            sql::WHAT_IT_IS,
            sql::PLATFORM,
            sql::AGENT_SERVICE,
            sql::MASTER_KEY,
            sql::MIRRORING_ENDPOINT,
        ] {
            self.tell(To::Server, check, text, once);
        }
        let listener = sql::listener(link.server_port);
        self.tell(To::Server, check, &listener, None);
        self.tell(To::Instance, check, sql::WHAT_IT_IS, once);
    }

    fn towards_instance(&mut self, link: &InstanceLink) {
        let (once, check) = (Some(1), StatementPurpose::Check);
        self.tell(To::Instance, check, sql::INSTANCE_PARAMETERS, once);
        self.tell(To::Instance, check, sql::PRIMARY_NODES, once);
        if link.way == LinkWay::Directly {
            return;
        }
        let goal = |leg, host: &str, port: String| Goal {
            step: step_name(leg),
            host: host.to_owned(),
            port,
        };
        let goals = [
            goal(
                LinkLeg::ToInstance,
                DNS_NAME,
                link.instance_port.to_string(),
            ),
            goal(LinkLeg::ToNode, NODE, HADR_PORT.to_owned()),
        ];
        let name = self.names.to_instance.clone();
        self.server_job(&name, &goals);
    }

    /// Made, started, asked after, taken away.
    fn server_job(&mut self, name: &str, goals: &[Goal]) -> Made {
        let job = sql::server_job(name, goals);
        self.make(To::Server, &job, Some(1));
        let (start, history) = (sql::start(name), sql::history(name));
        self.tell(To::Server, StatementPurpose::Start, &start, Some(1));
        self.tell(To::Server, StatementPurpose::Poll, &history, None);
        if name == self.names.to_instance {
            self.unmake(To::Server, &job, Some(1));
        }
        job
    }

    fn towards_server(&mut self, link: &InstanceLink) {
        let names = self.names.clone();
        let mut own = Vec::new();
        if link.master_key_allowed {
            own.push(sql::master_key(&names.master_key));
        }
        own.push(sql::certificate(&names.certificate));
        let port = link.server_port;
        own.push(sql::endpoint(&names.endpoint, &names.certificate, port));
        for made in &own {
            self.make(To::Server, made, None);
        }
        let itself = (link.way == LinkWay::ServerJob).then(|| {
            let goal = Goal {
                step: step_name(LinkLeg::ServerItself),
                host: ITSELF.to_owned(),
                port: port.to_string(),
            };
            self.server_job(&names.server_itself, &[goal])
        });
        let goal = Goal {
            step: step_name(LinkLeg::ToServer),
            host: link.address.clone(),
            port: port.to_string(),
        };
        let job = sql::instance_job(&names.from_instance, &goal);
        let procedure = sql::procedure(&names.procedure, &names.from_instance, link.limit_ms);
        self.make(To::Instance, &job, Some(1));
        self.make(To::Instance, &procedure, Some(1));
        let execute = sql::execute(&names.procedure);
        self.tell(To::Instance, StatementPurpose::Start, &execute, Some(1));
        self.unmake(To::Instance, &procedure, Some(1));
        self.unmake(To::Instance, &job, Some(1));
        if let Some(job) = &itself {
            self.unmake(To::Server, job, Some(1));
        }
        for made in own.iter().rev() {
            self.unmake(To::Server, made, None);
        }
    }
}
