//! The filter that the kernel keeps before our socket (classic BPF): IP from or to the addresses that the run talks to,
//! and ICMP. What it lets through is looked at again here; what it does not, this process never sees.

use socket2::SockFilter;
use std::collections::BTreeSet;
use std::net::IpAddr;

const LOAD_BYTE: u16 = 0x30;
const LOAD_WORD: u16 = 0x20;
const SHIFT_RIGHT: u16 = 0x74;
const IF_EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;
/// Jumps by its operand, which may be longer than a condition's.
const JUMP: u16 = 0x05;

/// Bytes of a packet that are let through.
const ALL: u32 = u32::MAX;
/// Addresses that are told apart; beyond, all IP is let through, to be looked at here.
const MOST: usize = 120;

/// The program for packets that begin with their IP header.
pub(super) fn program(addresses: &BTreeSet<IpAddr>) -> Vec<SockFilter> {
    if addresses.len() > MOST {
        return vec![op(RETURN, ALL)];
    }
    let four = version_4(addresses);
    let mut all = vec![
        op(LOAD_BYTE, 0),
        op(SHIFT_RIGHT, 4),
        SockFilter::new(IF_EQUAL, 1, 0, 4),
        op(JUMP, u32::try_from(four.len()).unwrap_or(u32::MAX)),
    ];
    all.extend(four);
    // The accumulator still holds the version here.
    all.push(SockFilter::new(IF_EQUAL, 1, 0, 6));
    all.push(op(RETURN, 0));
    all.extend(version_6(addresses));
    all
}

fn version_4(addresses: &BTreeSet<IpAddr>) -> Vec<SockFilter> {
    let mut all = vec![op(LOAD_BYTE, 9)];
    all.extend(accept_if(1));
    for field in [12, 16] {
        all.push(op(LOAD_WORD, field));
        for address in addresses {
            if let IpAddr::V4(address) = address.to_canonical() {
                all.extend(accept_if(address.to_bits()));
            }
        }
    }
    all.push(op(RETURN, 0));
    all
}

fn version_6(addresses: &BTreeSet<IpAddr>) -> Vec<SockFilter> {
    let mut all = vec![op(LOAD_BYTE, 6)];
    all.extend(accept_if(58));
    for address in addresses {
        let IpAddr::V6(address) = address else {
            continue;
        };
        let bits = address.to_bits();
        for field in [8, 24] {
            for word in 0..4_u32 {
                // Past the rest of the words and the acceptance.
                let skip = u8::try_from(2 * (3 - word) + 1).unwrap_or(u8::MAX);
                all.push(op(LOAD_WORD, field + 4 * word));
                let part = (bits >> (96 - 32 * word)) & u128::from(u32::MAX);
                let part = u32::try_from(part).unwrap_or_default();
                all.push(SockFilter::new(IF_EQUAL, 0, skip, part));
            }
            all.push(op(RETURN, ALL));
        }
    }
    all.push(op(RETURN, 0));
    all
}

fn accept_if(value: u32) -> [SockFilter; 2] {
    [SockFilter::new(IF_EQUAL, 0, 1, value), op(RETURN, ALL)]
}

fn op(code: u16, operand: u32) -> SockFilter {
    SockFilter::new(code, 0, 0, operand)
}
