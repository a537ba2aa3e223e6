//! The events that a finding rests on, as people write them: `41, 58–67`.

/// Numbers in ascending order, runs of three and more drawn together.
pub(crate) fn ranges(seqs: &[u64]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = seqs;
    while let [first, ..] = rest {
        let length = rest
            .iter()
            .zip(*first..)
            .take_while(|(seq, wanted)| *seq == wanted)
            .count();
        let (run, after) = rest.split_at(length.max(1));
        match run {
            [first, _, .., last] => parts.push(format!("{first}–{last}")),
            _ => parts.extend(run.iter().map(ToString::to_string)),
        }
        rest = after;
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn neighbours_are_drawn_together() {
        assert_eq!(ranges(&[41, 58, 59, 60, 61, 62]), "41, 58–62");
        assert_eq!(ranges(&[1, 2, 4]), "1, 2, 4");
        assert_eq!(ranges(&[7]), "7");
        assert_eq!(ranges(&[]), "");
    }
}
