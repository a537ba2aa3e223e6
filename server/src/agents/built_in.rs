//! stub
use crate::config::Config;
use crate::start::StartError;
use crate::store::Store;
use std::net::SocketAddr;
pub struct Prepared;
pub struct BuiltIn;
impl Prepared { pub fn id(&self) -> model::AgentId { unimplemented!() } pub fn start(self) -> BuiltIn { BuiltIn } }
impl BuiltIn { pub async fn end(self, _: std::time::Duration) {} }
pub async fn prepare(_: &Config, _: &dyn Store, _: Option<&lab::Lab>, _: SocketAddr) -> Result<Prepared, StartError> { unimplemented!() }
