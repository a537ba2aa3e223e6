//! How often somebody may try a password: 5 times a minute from one address, 60 times from all. A try counts
//! before the password is looked at.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Tries from one address within [`WINDOW`].
const FROM_ONE: usize = 5;
/// Tries from all within [`WINDOW`]; bounds what is remembered, too.
const FROM_ALL: usize = 60;
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// When passwords were tried, and from where.
#[derive(Debug, Default)]
pub struct Tries {
    recent: Mutex<VecDeque<(DateTime<Utc>, IpAddr)>>,
}

impl Tries {
    /// Counts a try.
    ///
    /// # Errors
    /// Not now: the seconds until another may be made.
    pub fn count(&self, from: IpAddr, now: DateTime<Utc>) -> Result<(), u64> {
        let from = place(from);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not lock anybody out for long.
        recent.retain(|(at, _)| *at <= now && now - *at < WINDOW);
        let own = recent.iter().filter(|(_, who)| *who == from);
        let bound = oldest(own, FROM_ONE).max(oldest(recent.iter(), FROM_ALL));
        if let Some(at) = bound {
            let wait = (WINDOW - (now - at)).num_milliseconds();
            return Err(u64::try_from(wait)
                .unwrap_or_default()
                .div_ceil(1_000)
                .max(1));
        }
        recent.push_back((now, from));
        Ok(())
    }
}

/// The one that must be forgotten before another is allowed, when there are `most` already.
fn oldest<'a>(
    tries: impl Iterator<Item = &'a (DateTime<Utc>, IpAddr)>,
    most: usize,
) -> Option<DateTime<Utc>> {
    let at: Vec<_> = tries.map(|(at, _)| *at).collect();
    at.len()
        .checked_sub(most)
        .and_then(|index| at.get(index).copied())
}

/// Who one caller is: an address, or the /64 that one host has of IPv6.
#[must_use]
pub(crate) fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::{FROM_ALL, Tries, place};
    use chrono::{DateTime, TimeDelta, Utc};
    use std::collections::HashMap;
    use std::net::{IpAddr, Ipv4Addr};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn five_a_minute_from_one_address_and_the_sixth_is_told_when() {
        let tries = Tries::default();
        let one: IpAddr = "192.0.2.1".parse().expect("an address");
        for second in 0..5 {
            assert_eq!(tries.count(one, at(second)), Ok(()));
        }
        assert_eq!(tries.count(one, at(10)), Err(50));
        assert_eq!(tries.count(one, at(59)), Err(1));
        let other = "192.0.2.2".parse().expect("an address");
        assert_eq!(tries.count(other, at(59)), Ok(()), "others may");
        assert_eq!(tries.count(one, at(60)), Ok(()), "the first is forgotten");
        assert_eq!(tries.count(one, at(60)), Err(1));
        assert_eq!(tries.count(one, at(-10)), Ok(()), "the clock was set back");
    }

    #[test]
    fn all_together_are_bounded_and_so_is_what_is_remembered() {
        let tries = Tries::default();
        let mut counted = HashMap::new();
        for caller in 0..10_000_u32 {
            let from = IpAddr::V4(Ipv4Addr::from(caller / 2));
            let answer = tries.count(from, at(0)).is_ok();
            *counted.entry(answer).or_insert(0) += 1;
        }
        assert_eq!(counted[&true], FROM_ALL);
        let recent = tries.recent.lock().expect("not poisoned");
        assert_eq!(recent.len(), FROM_ALL);
    }

    #[test]
    fn one_host_is_one_place_however_it_writes_itself() {
        let place = |text: &str| place(text.parse().expect("an address"));
        assert_eq!(place("2001:db8::1"), place("2001:db8::ffff:1"));
        assert_ne!(place("2001:db8::1"), place("2001:db8:0:1::1"));
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
    }
}
