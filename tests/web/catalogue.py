"""Bad input, case by case: the test that proves what becomes of it, or why there is nothing yet to prove.

Numbers are those of the catalogue of bad input; 24 to 29 were never given out. A test is named by its file under tests/
and its name.
"""

from dataclasses import dataclass

NUMBERS = (*range(1, 24), *range(30, 117))


@dataclass(frozen=True)
class Later:
    """There is nothing here that takes such input; `why` says what would have to come first."""

    why: str


FIELDS = "web/api/test_slos.py::test_what_cannot_be_is_refused_at_its_field"
ODD_ADDRESS = "web/test_errors.py::test_an_odd_address_is_not_found"
IN = "web/test_bad_input.py"
MORE = "web/people/test_more_bad_input.py"
TIMES = "actions/test_ingest_refusals.py"
CASES = "wire/metrics/test_remote_write.py::test_every_case_is_answered_as_it_must_be"  # by their names there
JSON = "wire/metrics/test_json_samples.py"
OTHER_TIMES = f"{JSON}::test_other_times_are_refused_with_the_way_to_write_them"
OTLP = "wire/metrics/otlp"
TWO_SHAPES = "test_samples_and_histograms_of_one_series_are_two_series_of_different_shape"
TOKENS = "web/people/test_tokens.py"
SIGNING = "web/people/test_signing_in.py"
OPENID = "web/people/test_openid.py"
RIGHTS = "web/people/test_rights.py::test_who_may_gets_in_and_who_may_not_is_told_so"
SERVER = "web/test_server.py"

SHIMS = Later("addresses and shapes of other vendors are not spoken yet")
WEBHOOKS = Later("no webhook is taken in yet")

CATALOGUE: dict[int, tuple[str, ...] | Later] = {
    # samples, as HTTP
    1: (f"{TOKENS}::test_without_one_each_protocol_is_told_in_its_own_words",),
    2: (f"{TOKENS}::test_the_scope_that_is_missing_is_named",),
    3: (f"{TOKENS}::test_it_holds_until_it_expires_or_is_revoked",),
    4: (f"{TOKENS}::test_what_is_no_token_is_none", f"{MORE}::test_a_token_that_cannot_be_one_is_nobody_s"),
    5: (f"{IN}::test_two_authorizations_are_refused",),
    6: (f"{IN}::test_another_method_is_405_and_says_which_is_right",),
    7: (f"{IN}::test_an_empty_body_is_refused_where_it_means_nothing",),
    8: (f"{IN}::test_a_body_over_the_limit_is_refused_and_remote_write_is_not_told_413",),
    9: (f"{SERVER}::test_an_endless_body_is_refused_at_the_limit_and_the_refusal_arrives",),
    10: (f"{SERVER}::test_a_body_that_never_ends_is_cut_off_and_the_application_told",),
    11: (f"{SERVER}::test_a_malformed_request_is_refused_in_our_own_shape",),
    12: (f"{IN}::test_an_encoding_that_is_not_spoken_is_415",),
    13: (f"{IN}::test_an_encoding_named_twice_is_a_stack_of_two",),
    14: (f"{IN}::test_a_damaged_body_is_400",),
    15: (f"{IN}::test_a_damaged_body_is_400",),
    16: (
        f"{IN}::test_a_bomb_is_413_before_it_goes_off",
        "wire/test_decompress.py::test_a_bomb_costs_little_more_memory_than_the_limit",
    ),
    17: (
        f"{IN}::test_a_bomb_is_413_before_it_goes_off",
        f"{IN}::test_a_zstd_window_of_2_gib_is_refused",
        "wire/test_decompress.py::test_a_zstd_content_size_is_not_believed",
    ),
    18: (f"{IN}::test_framed_snappy_is_400_and_says_which_form_is_meant",),
    19: (f"{IN}::test_a_bomb_in_remote_write_is_400", "wire/test_decompress.py::test_a_snappy_length_is_not_believed"),
    20: (f"{IN}::test_a_content_type_that_is_not_spoken_is_415",),
    21: (f"{IN}::test_each_remote_write_message_under_the_other_s_name_is_400",),
    22: (
        f"{SERVER}::test_the_size_of_a_head_is_bounded",
        f"{SERVER}::test_the_number_of_headers_is_bounded",
        f"{SERVER}::test_the_length_of_an_address_is_bounded",
    ),
    23: (
        f"{IN}::test_a_host_that_is_not_ours_is_refused",
        "web/test_gate.py::test_a_server_on_this_machine_answers_to_names_that_cannot_be_rebound",
    ),
    # remote write and OTLP
    30: (f"{IN}::test_random_bytes_are_no_protobuf",),
    31: (f"{IN}::test_four_million_empty_series_are_refused_before_they_are_built",),
    32: (CASES,),
    33: (CASES,),
    34: (CASES,),
    35: (CASES,),
    36: (CASES,),
    37: ("wire/metrics/test_remote_write_v2.py::test_a_symbol_that_is_not_utf_8_costs_only_the_series_that_use_it",),
    38: (
        f"{JSON}::test_hostile_text_is_kept_as_it_is",
        "web/pages/test_overview.py::test_names_are_shown_as_they_are_and_never_run",
        "journeys/test_pages.py::test_hostile_names_are_shown_and_never_run",
    ),
    39: (f"{OTLP}/test_points.py::test_a_value_that_is_no_everyday_number_is_kept_to_the_bit", CASES),
    40: ("wire/metrics/test_remote_write_v1.py::test_a_stale_marker_is_told_by_its_bits_and_other_nans_keep_theirs",),
    41: (f"{OTLP}/test_points.py::test_a_value_that_is_no_everyday_number_is_kept_to_the_bit",),
    42: (f"{OTLP}/test_points.py::test_a_value_that_is_no_everyday_number_is_kept_to_the_bit",),
    43: (f"{TIMES}::test_a_time_out_of_bounds_is_refused_with_what_to_do_about_it",),
    44: (f"{TIMES}::test_a_time_out_of_bounds_is_refused_with_what_to_do_about_it",),
    45: ("web/test_front_door.py::test_a_time_out_of_bounds_is_refused_by_name",),
    46: ("web/test_front_door.py::test_a_retried_request_is_answered_like_the_first",),
    47: ("web/test_front_door.py::test_a_contradiction_is_refused_and_the_first_value_stands",),
    48: (f"{TIMES}::test_a_repeat_within_one_request_is_one_too",),
    49: (f"{TIMES}::test_a_late_sample_is_taken",),
    50: (
        f"{TIMES}::test_a_time_out_of_bounds_is_refused_with_what_to_do_about_it",
        f"{TIMES}::test_the_bounds_themselves_are_taken",
    ),
    51: (CASES,),
    52: (
        f"wire/metrics/test_remote_write_v1.py::{TWO_SHAPES}",
        CASES,
    ),
    53: (CASES, f"{OTLP}/test_refusals.py::test_a_bad_metric_refuses_only_itself"),
    54: ("wire/metrics/test_remote_write_histograms.py::test_every_exponential_schema_is_spoken",),
    55: (
        f"{OTLP}/test_points.py::test_a_sum_keeps_its_temporality_and_its_start",
        f"{OTLP}/test_points.py::test_a_cumulative_start_that_lies_after_its_time_is_as_good_as_none",
        f"{OTLP}/test_refusals.py::test_a_bad_metric_refuses_only_itself",
    ),
    56: (
        f"{OTLP}/test_protobuf.py::test_a_value_nested_three_thousand_deep_is_refused",
        f"{OTLP}/test_values.py::test_a_value_nested_three_thousand_deep_is_refused_in_json",
    ),
    57: (f"{OTLP}/test_refusals.py::test_a_bad_metric_refuses_only_itself",),
    58: (
        f"{OTLP}/test_json.py::test_an_integer_is_a_number_or_its_text",
        f"{OTLP}/test_json.py::test_bytes_are_base64_of_either_alphabet",
        f"{OTLP}/test_json.py::test_what_is_no_number_is_named_by_its_field",
    ),
    59: (
        f"{IN}::test_other_signals_addresses_are_not_there",
        f"{OTLP}/test_wrong_signal.py::test_another_signal_is_refused_with_a_hint",
    ),
    60: (
        "wire/metrics/test_remote_write_v2.py::test_a_bad_exemplar_costs_only_itself",
        "wire/metrics/test_text.py::test_exemplars_are_counted_and_bad_ones_left_out_without_their_samples",
    ),
    # our JSON, and that of others
    61: (f"{JSON}::test_a_body_that_is_no_list_of_samples_is_invalid",),
    62: (
        "web/test_gate.py::test_what_is_no_json_never_reaches_a_route",
        f"{MORE}::test_samples_that_are_no_json_are_400",
    ),
    63: (
        "web/test_gate.py::test_what_is_no_json_never_reaches_a_route",
        f"{MORE}::test_samples_that_are_no_json_are_400",
    ),
    64: (f"{JSON}::test_values_that_are_no_plain_number_are_refused",),
    65: (f"{MORE}::test_samples_that_are_no_json_are_400",),
    66: (f"{JSON}::test_every_plain_number_is_kept", f"{MORE}::test_a_number_of_more_than_64_bits_is_no_fault_of_ours"),
    67: (
        "web/test_gate.py::test_what_is_no_json_never_reaches_a_route",
        f"{MORE}::test_samples_that_are_no_json_are_400",
    ),
    68: (
        f"{JSON}::test_a_refusal_names_the_field_the_reason_and_the_cure",
        f"{MORE}::test_a_nul_is_refused_in_every_text",
    ),
    69: (f"{JSON}::test_of_a_key_that_stands_twice_the_last_counts",),
    70: (
        "web/test_gate.py::test_what_is_no_json_never_reaches_a_route",
        f"{MORE}::test_samples_that_are_no_json_are_400",
    ),
    71: (
        f"{JSON}::test_a_misspelt_list_is_told_what_was_meant",
        FIELDS,
    ),
    72: (f"{JSON}::test_more_than_100_000_samples_are_too_many",),
    73: (OTHER_TIMES,),
    74: (
        OTHER_TIMES,
        f"{JSON}::test_no_time_does_more_than_be_refused",
    ),
    75: (OTHER_TIMES,),
    76: SHIMS,
    77: SHIMS,
    78: SHIMS,
    79: Later("no file is uploaded anywhere"),
    80: Later("a repeated request changes nothing: samples are known by series and time, so no key is asked for"),
    # the API and pages
    81: (f"{MORE}::test_an_odd_name_is_not_found", ODD_ADDRESS),
    82: (RIGHTS, f"{MORE}::test_what_is_another_team_s_is_read_by_all_and_changed_by_none"),
    83: (
        "web/api/test_series.py::test_a_bad_question_is_told_what_is_wrong",
        "web/api/test_signals.py::test_too_many_points_are_refused_with_a_step_that_would_do",
        "store/test_patience.py::test_a_question_without_an_end_is_given_up_and_the_next_is_answered",
    ),
    84: ("web/api/test_signals.py::test_a_bad_question_is_refused_in_a_sentence",),
    85: Later("no list is paged; limits of what is listed are the program's"),
    86: ("web/test_gate.py::test_a_doubled_parameter_is_refused",),
    87: (f"{MORE}::test_an_order_that_is_not_offered_means_nothing",),
    88: ("wire/test_recipe_mistakes.py",),
    89: (f"{MORE}::test_what_is_searched_for_is_meant_as_it_is_written",),
    90: ("web/api/test_signals.py::test_a_bad_question_is_refused_in_a_sentence",),
    91: (FIELDS,),
    92: Later("nothing is said in cron's words; recurrence of maintenance has its own test"),
    93: (f"{MORE}::test_a_name_that_cannot_be_one_is_refused_at_its_field",),
    94: Later("nobody chooses colours, style sheets or pictures"),
    95: Later("texts are shown as they are written; there is no Markdown"),
    96: Later("dashboards are not imported; objectives as code have web/api/test_openslo.py"),
    97: ("web/test_gate.py::test_an_unsafe_request_of_another_site_is_refused_on_every_route",),
    98: (f"{MORE}::test_what_htmx_says_of_itself_decides_nothing",),
    99: (f"{SIGNING}::test_signing_in_leads_nowhere_else", f"{MORE}::test_no_spelling_of_elsewhere_is_gone_to"),
    100: (
        "web/test_errors.py::test_a_browser_on_the_api_is_told_in_json",
        f"{MORE}::test_an_answer_that_is_not_offered_comes_as_json",
    ),
    101: (
        "web/pages/test_view.py::test_garbage_in_cookies_is_nothing_remembered",
        "web/test_screens.py::test_a_cookie_that_is_nobodys_is_nobodys",
        f"{MORE}::test_a_session_that_is_none_is_nobody",
    ),
    102: (f"{MORE}::test_a_password_that_is_none_is_refused_with_the_rule",),
    103: (
        f"{OPENID}::test_a_token_that_does_not_fit_proves_nothing",
        f"{OPENID}::test_a_token_that_nobody_signed_proves_nothing",
        f"{OPENID}::test_a_state_is_good_once_and_in_one_browser",
    ),
    104: (f"{SIGNING}::test_an_invited_person_chooses_a_password_once",),
    105: Later("objectives have no version to be stale yet: the last change holds, and both stand in the edits"),
    106: Later("nothing in use can be taken away: what a composite is made of stays measured when it is archived"),
    107: (
        "web/test_static.py::test_nothing_but_listed_files_is_served",
        ODD_ADDRESS,
    ),
    108: ("web/test_static.py::test_ten_thousand_ranges_cost_nothing",),
    # streams, walls, the status page, webhooks
    109: (f"{MORE}::test_an_event_id_that_is_none_is_nothing_known",),
    110: (
        "web/test_hub_holders.py::test_an_eleventh_stream_of_one_holder_is_refused_and_others_are_not",
        "web/test_hub.py::test_more_streams_than_can_be_held_are_sent_away",
    ),
    111: ("web/test_screens.py::test_the_stream_of_a_revoked_screen_ends",),
    112: (
        "web/test_screens.py::test_a_wrong_link_is_no_longer_valid_and_names_nobody",
        "web/test_screens.py::test_who_guesses_has_to_wait",
    ),
    113: (
        "web/test_screens.py::test_a_screen_can_change_nothing",
        "web/test_screens.py::test_a_screen_sees_its_own_wall_alone",
    ),
    114: (
        "web/pages/test_status_public.py::test_a_storm_of_visitors_asks_the_database_nothing",
        f"{MORE}::test_odd_questions_to_the_status_page_change_nothing",
    ),
    115: Later("nobody subscribes to the status page; it has feeds"),
    116: WEBHOOKS,
}
