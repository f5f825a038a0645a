WITH answered AS (
    SELECT
        unit_id, case_id, receive_time, accept_time, first_supplement_time, ended_time, result,
        least(
            coalesce(CAST(accept_time AS DATE), as_of()), coalesce(CAST(first_supplement_time AS DATE), as_of()),
            coalesce(CAST(decide_time AS DATE), as_of()), coalesce(CAST(ended_time AS DATE), as_of())
        ) AS answer_date,
        accept_time IS NULL AND first_supplement_time IS NULL AND decide_time IS NULL AND ended_time IS NULL AS unanswered
    FROM license_case
    WHERE receive_time IS NOT NULL
)
SELECT
    unit_id, 'license_case' AS subject_type, case_id AS subject_id,
    workdays(receive_time, answer_date) - param('notice_days', receive_time) AS metric,
    receive_time, accept_time, first_supplement_time, ended_time, answer_date, unanswered
FROM answered
WHERE workdays(receive_time, answer_date) > param('notice_days', receive_time)
    AND NOT (unanswered AND coalesce(result, '') IN ('撤回', '退件'))
