//! Whatever a name holds, it stays a name.

use super::*;

const RUN: RunId = RunId(uuid::Uuid::from_u128(
    0x0199_0000_0000_7000_8000_0000_0000_00aa,
));

fn goal(host: &str) -> Goal {
    Goal {
        step: "step",
        host: host.to_owned(),
        port: "5022".to_owned(),
    }
}

/// One of each kind with such a name.
fn made(name: &str) -> [Made; 6] {
    [
        master_key(name),
        certificate(name),
        endpoint(name, name, 5022),
        server_job(name, &[goal(name), goal(name)]),
        instance_job(name, &goal(name)),
        procedure(name, name, 90_000),
    ]
}

/// Every statement with names of this kind, without what stands in quotes or brackets.
fn bare(name: &str) -> Vec<String> {
    let mut all = vec![start(name), history(name), execute(name)];
    for one in made(name) {
        all.extend(one.create);
        all.extend([one.drop, one.look]);
    }
    all.iter().map(|sql| outside(sql)).collect()
}

/// What is neither quoted nor in brackets.
fn outside(sql: &str) -> String {
    let mut rest = sql.chars().peekable();
    let mut bare = String::new();
    while let Some(c) = rest.next() {
        let close = match c {
            '[' => ']',
            '\'' => '\'',
            _ => {
                bare.push(c);
                continue;
            }
        };
        loop {
            match rest.next() {
                Some(c) if c == close && rest.next_if_eq(&close).is_none() => break,
                Some(_) => {}
                None => panic!("a quote is left open: {sql}"),
            }
        }
        bare.push('_');
    }
    bare
}

#[test]
fn hostile_names_change_nothing_outside_of_quotes() {
    let plain = bare("plain");
    let long = "]'".repeat(64);
    for hostile in [
        "a]; DROP TABLE x;--",
        "o'b",
        "]'",
        "''",
        "]]",
        "名前 🙂; GO",
        "a\nGO\nSHUTDOWN",
        "\u{2019}; Stop-Computer #",
        "*/ x /*",
        long.as_str(),
    ] {
        assert_eq!(bare(hostile), plain, "{hostile}");
    }
}

#[test]
fn names_hold_the_run_s_id_and_differ() {
    let names = Names::of(RUN);
    let id = RUN.0.simple().to_string();
    let all = [
        &names.to_instance,
        &names.server_itself,
        &names.from_instance,
        &names.procedure,
        &names.certificate,
        &names.endpoint,
        &names.master_key,
    ];
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    assert!(
        all.iter()
            .all(|name| name.contains(&id) && name.len() <= 128)
    );
}

#[test]
fn what_powershell_gets_is_quoted_for_it_within_the_t_sql() {
    let made = instance_job("j", &goal("a'; Stop-Computer; '"));
    let command = "-ComputerName ''a''''; Stop-Computer; '''''' -Port 5022";
    assert!(made.create[1].contains(command), "{}", made.create[1]);
}

#[test]
fn whatever_is_taken_away_is_asked_for_by_its_own_name_first() {
    for made in made("n") {
        let asks = made.drop.find("IF ").expect("a condition");
        let drops = made.drop.find("DROP ");
        let drops = drops.or_else(|| made.drop.find("sp_delete_job"));
        assert!(asks < drops.expect("it goes"), "{}", made.drop);
        assert!(made.look.starts_with("SELECT [name] FROM"), "{}", made.look);
    }
}
