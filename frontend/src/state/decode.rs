//! What the Decode page shows of a text, and the form that its run begins with.

use super::form::Form;
use rules::decode::{Decoded, Span, Suggestion};

/// More of a text is not shown: nobody reads it, and browsers grow slow.
const MOST_SHOWN: usize = 48 * 1024;
/// Longest stretch that is quoted.
const LONGEST_QUOTE: usize = 160;

/// Texts to try it with: name, text.
pub(crate) const EXAMPLES: [(&str, &str); 3] = [
    (
        "A pooled connection that died (.NET)",
        "Microsoft.Data.SqlClient.SqlException (0x80131904): A transport-level error has occurred when receiving results from the \
         server. (provider: TCP Provider, error: 0 - An existing connection was forcibly closed by the remote host.)\n \
         ---> System.ComponentModel.Win32Exception (10054): An existing connection was forcibly closed by the remote host.\n   \
         at Microsoft.Data.SqlClient.SqlCommand.ExecuteReader(CommandBehavior behavior)\nError Number:10054,State:0,Class:20",
    ),
    (
        "A login that took too long (.NET)",
        "Connection Timeout Expired.  The timeout period elapsed during the post-login phase.  The duration spent while attempting to \
         connect to this server was - [Pre-Login] initialization=29; handshake=64; [Login] initialization=0; authentication=1; \
         [Post-Login] complete=29011;\nRouting Destination:d5e2c1f0a9b8.tr12345.westeurope1-a.worker.database.windows.net,11014",
    ),
    (
        "A reset in a query (Python)",
        "pyodbc.OperationalError: ('08S01', '[08S01] [Microsoft][ODBC Driver 18 for SQL Server]TCP Provider: Error code 0x68 (104) \
         (SQLExecDirectW)')",
    ),
];

/// A stretch of the text, and whether the first cause rests on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) marked: bool,
}

/// The text as it was read, in pieces, and whether there is more of it.
pub(crate) fn pieces(decoded: &Decoded) -> (Vec<Piece>, bool) {
    let mut end = decoded.text.len().min(MOST_SHOWN);
    while !decoded.text.is_char_boundary(end) {
        end -= 1;
    }
    let mut places: Vec<Span> = Vec::new();
    let first = decoded.causes.first().into_iter();
    let mut marked: Vec<Span> = first
        .flat_map(|cause| &cause.why)
        .flat_map(|why| why.places.clone())
        .collect();
    marked.sort_unstable();
    for place in marked.into_iter().filter(|place| place.to <= end) {
        match places.last_mut() {
            Some(last) if place.from <= last.to => last.to = last.to.max(place.to),
            _ => places.push(place),
        }
    }
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut push = |from: usize, to: usize, marked: bool| {
        let text = decoded.text.get(from..to).unwrap_or_default();
        if !text.is_empty() {
            pieces.push(Piece {
                text: text.to_owned(),
                marked,
            });
        }
    };
    for place in places {
        push(at, place.from, false);
        push(place.from, place.to, true);
        at = place.to;
    }
    push(at, end, false);
    (pieces, end < decoded.text.len() || decoded.cut)
}

/// The words at a place, on one line.
pub(crate) fn quote(decoded: &Decoded, place: Span) -> String {
    rules::words::one_line(decoded.quote(place), LONGEST_QUOTE)
}

/// The form that the run begins with: how to sign in is still to be said.
pub(crate) fn form(run: &Suggestion) -> Form {
    let mut form = Form {
        server: run.server.clone().unwrap_or_default(),
        database: run.database.clone().unwrap_or_default(),
        ..Form::default()
    };
    form.take_options(&run.options);
    form
}

#[cfg(test)]
mod tests {
    use super::{EXAMPLES, form, pieces, quote};
    use rules::decode::decode;

    #[test]
    fn the_words_that_speak_for_the_first_cause_are_marked() {
        for (name, text) in EXAMPLES {
            let decoded = decode(text);
            let (pieces, more) = pieces(&decoded);
            assert!(!more && pieces.iter().any(|piece| piece.marked), "{name}");
            let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
            assert_eq!(whole, decoded.text);
        }
    }

    #[test]
    fn a_long_text_is_shown_in_part() {
        let decoded = decode(&format!(
            "connection reset by peer\n{}",
            "ä\n".repeat(40_000)
        ));
        let (pieces, more) = pieces(&decoded);
        let shown: usize = pieces.iter().map(|piece| piece.text.len()).sum();
        assert!(more && shown <= 48 * 1024);
        let place = decoded.said[0].places[0];
        assert_eq!(quote(&decoded, place), "connection reset by peer");
    }

    #[test]
    fn the_run_begins_with_its_options_and_no_secret() {
        let decoded = decode(
            "Server=tcp:contoso.database.windows.net,1433;Initial Catalog=orders;User ID=app;Password=hunter2\n\
             A transport-level error has occurred when sending the request to the server.",
        );
        let run = decoded.run.expect("a run");
        let form = form(&run);
        assert_eq!(
            (form.server.as_str(), form.database.as_str()),
            ("tcp:contoso.database.windows.net,1433", "orders")
        );
        assert!(form.user.is_empty() && form.password.is_empty());
        let options = model::Options {
            lasting: form.lasts.asked(true).expect("what lasts"),
            ..form.limits.options().expect("options")
        };
        assert!(options.lasting.idle_ladder.is_some());
        assert_eq!(options, run.options);
    }
}
