//! Who gets in: what the portal refuses to start with, logins, TLS, names, and a walk over every route.

mod flood;
mod login;
mod logs;
mod names;
mod share_links;
mod start;
mod support;
mod tls;
mod walk;
