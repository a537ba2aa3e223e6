//! What is known beforehand: error numbers, who calls them transient, login states, clouds and gateway addresses.
//!
//! The data stands in `crates/target/data/`, cut down from the full files by `strip.py` beside it. Each file is
//! read once, on first use; a test reads each, so a broken file never ships.

mod errors;
mod gateways;
mod pools;
mod table;
mod transient;

pub use errors::{ErrorFact, LoginState, Transient, error, errors, is_transient, login_state};
pub use gateways::{
    Cloud, GatewayHit, Known, Region, cloud_of, clouds, has_gateways, is_cloud_name, region_of,
    regions,
};
pub use pools::{IdleTimer, PoolSettings, idle_timers, pool_settings};
pub use table::{BadTable, Gateways};
pub use transient::{TransientList, lists_with, transient_list, transient_lists};
