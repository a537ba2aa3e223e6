//! stub
use crate::config::Config;
use crate::start::StartError;
use crate::store::Store;
use std::net::SocketAddr;
pub(crate) struct Prepared;
pub(crate) struct BuiltIn;
impl Prepared { pub(crate) fn id(&self) -> model::AgentId { unimplemented!() } pub(crate) fn start(self) -> BuiltIn { BuiltIn } }
impl BuiltIn { pub(crate) async fn end(self, _: std::time::Duration) {} }
pub(crate) async fn prepare(_: &Config, _: &dyn Store, _: Option<&lab::Lab>, _: SocketAddr) -> Result<Prepared, StartError> { Err(StartError::Agent("not yet".into())) }
