//! LOGIN7: read leniently; what was read without oddity is written and read the same, and no debug output holds the password.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::TdsVersion;
use tds::login7::{self, Login};

fuzz_target!(|data: &[u8]| {
    let Ok(read) = login7::decode(data) else {
        return;
    };
    assert!(format!("{read:?}").contains("password: (hidden)"));
    if !read.odd.is_empty() {
        return;
    }
    let login = Login {
        tds_version: TdsVersion::V7_4,
        packet_size: read.packet_size,
        client_version: read.client_version,
        client_pid: read.client_pid,
        connection_id: read.connection_id,
        flags1: read.flags1,
        flags2: read.flags2,
        type_flags: read.type_flags,
        flags3: read.flags3,
        time_zone: read.time_zone,
        lcid: read.lcid,
        host_name: &read.host_name,
        user_name: &read.user_name,
        password: &read.password.0,
        app_name: &read.app_name,
        server_name: &read.server_name,
        library: &read.library,
        language: &read.language,
        database: &read.database,
        client_id: read.client_id,
        sspi: &read.sspi,
        attach_file: &read.attach_file,
        new_password: &read.new_password.0,
        features: &read.features,
    };
    let mut written = Vec::new();
    if login7::encode(&login, &mut written).is_err() {
        assert!(written.is_empty());
        return;
    }
    assert_eq!(written.len(), login7::encoded_len(&login));
    let again = login7::decode(&written).expect("whole");
    assert!(again.odd.is_empty());
    assert_eq!(again.password, read.password);
    assert_eq!(
        (again.host_name, again.app_name),
        (read.host_name, read.app_name)
    );
    assert_eq!(
        (again.database, again.server_name),
        (read.database, read.server_name)
    );
    assert_eq!((again.features, again.sspi), (read.features, read.sspi));
});
