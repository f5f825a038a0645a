WITH delivered AS (
    SELECT
        c.unit_id, c.case_id, c.decide_time, c.issue_time,
        CASE WHEN absent(c.issue_time) THEN as_of() ELSE CAST(c.issue_time AS DATE) END AS until_date
    FROM license_case AS c
    WHERE c.result = '准予' AND c.decide_time IS NOT NULL
)
SELECT
    unit_id, 'license_case' AS subject_type, case_id AS subject_id,
    workdays(decide_time, until_date) - param('delivery_days', decide_time) AS metric,
    decide_time, issue_time, until_date
FROM delivered
WHERE workdays(decide_time, until_date) > param('delivery_days', decide_time)
