//! Events and facts of a newer agent, kept raw: masked by what their keys say, and by their text.

use super::Masker;
use super::text::SECRET;
use serde_json::{Map, Value};

/// Deeper values are not looked into.
const DEEPEST: usize = 64;

/// What a key says of its value.
enum Meaning {
    Secret,
    User,
    LocalUser,
    Host,
    Address,
    Mac,
    Resolver,
    Interfaces,
    Database,
    Bytes,
    Text,
}

impl Masker {
    pub(super) fn json(&mut self, value: &Value) -> Value {
        self.value(value, &Meaning::Text, 0)
    }

    fn value(&mut self, value: &Value, meaning: &Meaning, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => match meaning {
                Meaning::Secret if !value.is_null() => SECRET.into(),
                _ => value.clone(),
            },
            Value::String(text) => self.string(text, meaning).into(),
            Value::Array(values) => values
                .iter()
                .map(|value| self.value(value, meaning, depth + 1))
                .collect(),
            Value::Object(fields) => self.fields(fields, meaning, depth),
        }
    }

    fn fields(&mut self, fields: &Map<String, Value>, above: &Meaning, depth: usize) -> Value {
        let mut masked = Map::with_capacity(fields.len());
        for (key, value) in fields {
            let meaning = match above {
                Meaning::Secret => Meaning::Secret,
                Meaning::Interfaces => Meaning::Interfaces,
                _ => meaning(key),
            };
            let value = self.value(value, &meaning, depth + 1);
            let mut key = self.peer(key);
            while masked.contains_key(&key) {
                key.push('_');
            }
            masked.insert(key, value);
        }
        masked.into()
    }

    fn string(&mut self, text: &str, meaning: &Meaning) -> String {
        match meaning {
            Meaning::Secret => SECRET.to_owned(),
            Meaning::User => self.user(text),
            Meaning::LocalUser => self.local_user(text),
            Meaning::Host => self.server(text),
            Meaning::Address => self.endpoint(text),
            Meaning::Mac => self.mac(text),
            Meaning::Resolver => self.resolver(text),
            Meaning::Interfaces => self.interface_name(text),
            Meaning::Database => self.database(text),
            Meaning::Bytes => self.bytes(text),
            Meaning::Text => self.peer(text),
        }
    }

    fn local_user(&mut self, text: &str) -> String {
        let anywhere = self.is_public();
        self.names.of(super::names::Kind::LocalUser, text, anywhere)
    }
}

fn meaning(key: &str) -> Meaning {
    let key = key.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| key.contains(word));
    let parts: Vec<&str> = key
        .split(|letter: char| !letter.is_alphanumeric())
        .collect();
    let is = |words: &[&str]| words.iter().any(|word| parts.contains(word));
    if has(&[
        "password",
        "passwd",
        "pwd",
        "secret",
        "credential",
        "private_key",
        "privatekey",
        "apikey",
        "api_key",
    ]) || has(&[
        "connection_string",
        "connectionstring",
        "cookie",
        "authorization",
        "access_token",
    ]) {
        Meaning::Secret
    } else if has(&["local_user", "os_user", "localuser", "osuser", "logname"]) {
        Meaning::LocalUser
    } else if is(&["mac", "macs", "lladdr"]) || has(&["hardware_address", "mac_address"]) {
        Meaning::Mac
    } else if has(&["interface"]) || is(&["nic", "nics", "adapter", "adapters"]) {
        Meaning::Interfaces
    } else if has(&["resolver", "nameserver", "dns_server"]) {
        Meaning::Resolver
    } else if has(&["user", "principal"]) || is(&["login", "account", "upn"]) {
        Meaning::User
    } else if has(&["address", "endpoint"]) || is(&["ip", "ips", "local", "peer", "gateway"]) {
        Meaning::Address
    } else if has(&["host", "server", "fqdn", "cname", "domain"]) || is(&["node", "replica"]) {
        Meaning::Host
    } else if has(&["database", "catalog"]) {
        Meaning::Database
    } else if has(&["bytes", "hex"]) || is(&["raw", "base64"]) {
        Meaning::Bytes
    } else {
        Meaning::Text
    }
}
