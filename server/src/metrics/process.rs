//! What the system knows of this process; nothing where it does not tell (anywhere but Linux).

/// Memory that is in RAM.
pub(super) fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// Open files and sockets.
pub(super) fn open_descriptors() -> Option<i64> {
    let open = std::fs::read_dir("/proc/self/fd").ok()?.count();
    // The folder that was just read is one of them.
    i64::try_from(open.saturating_sub(1)).ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{open_descriptors, resident_bytes};

    #[test]
    fn a_process_has_memory_and_an_open_file_counts() {
        assert!(resident_bytes().is_some_and(|bytes| bytes > 1024 * 1024));
        assert!(open_descriptors().is_some_and(|open| open >= 3));
    }
}
