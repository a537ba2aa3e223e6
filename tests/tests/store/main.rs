//! What every store must do, told once over the trait and run on each database that there is.

mod access;
mod artifacts;
mod lists;
mod of_one;
mod patterns;
mod runs;
mod shares;
mod support;
mod sweep;

macro_rules! contract {
    ($($part:ident: $($name:ident),* $(,)?;)*) => {
        mod sqlite {
            $($(#[tokio::test]
            async fn $name() {
                crate::$part::$name(&crate::support::InFile::new()).await;
            })*)*
        }

        mod postgres {
            $($(#[tokio::test]
            async fn $name() {
                if let Some(url) = tests::postgres::database(concat!("postgres::", stringify!($name))) {
                    crate::$part::$name(&crate::support::OnServer(url)).await;
                }
            })*)*
        }
    };
}

contract!(
    runs:
        a_run_is_read_back_as_it_was_written,
        numbers_are_given_without_gaps_and_kept_over_a_restart,
        a_change_that_is_not_committed_has_not_happened,
        changes_of_one_run_wait_for_each_other,
        whoever_waited_for_a_run_sees_all_that_hangs_on_it,
        fifty_writers_of_one_log_leave_no_gap,
        a_lease_is_unique_and_so_are_its_numbers,
        a_secret_is_kept_until_the_run_is_settled,
        live_runs_are_those_that_are_not_settled,
        runs_of_a_group_are_made_together_or_not_at_all,
        text_that_a_database_does_not_know_harms_nothing,
        large_logs_are_read_in_pages;
    lists:
        lists_are_newest_first_and_paged_by_key,
        filters_take_prefixes_literally_and_in_any_case,
        filters_together_and_pages_of_them,
        a_prefix_of_very_many_servers_finds_them_too;
    patterns:
        findings_are_counted_of_settled_runs_that_may_be;
    sweep:
        a_deleted_run_leaves_nothing,
        only_settled_runs_beyond_what_is_kept_are_hidden,
        a_sweep_takes_no_more_rows_than_it_may,
        a_hidden_run_takes_its_share_links_along;
    access:
        agents_are_known_by_their_tokens_hash,
        a_forgotten_agent_is_known_no_more_and_its_runs_keep_its_name,
        of_fifty_who_use_an_enrolment_exactly_one_is_admitted,
        an_enrolment_is_good_until_it_expires_and_survives_a_failure,
        logins_are_known_by_their_cookies_hash_and_end;
    shares:
        a_share_link_is_read_back_counted_and_revoked,
        a_share_link_is_frozen_where_its_run_settles_and_stays_so,
        a_link_made_while_its_run_settles_is_frozen_all_the_same;
    artifacts:
        a_file_is_written_down_once_and_goes_with_its_run,
        of_many_at_once_a_run_has_no_more_than_it_may;
);
