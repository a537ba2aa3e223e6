//! What each redaction keeps and masks: a table of fields, and random logs in which a name may stand anywhere.

mod canaries;
mod every;
mod every_replica;
mod fields;
mod support;
