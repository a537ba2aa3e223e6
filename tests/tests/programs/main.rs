//! The programs as a person meets them: their help, their files, their commands, and what is started in containers.

mod backup;
mod containers;
mod help;
mod logs;
mod recipes;
