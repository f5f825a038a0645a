WITH timed AS (
    SELECT
        coalesce(c.unit_id, i.unit_id) AS unit_id, c.case_id, i.name AS item_name, c.accept_time, c.decide_time, c.ended_time,
        workdays(c.accept_time, coalesce(CAST(c.decide_time AS DATE), CAST(c.ended_time AS DATE), as_of()))
            - coalesce(c.special_days, 0) AS used_days,
        i.promise_days, i.legal_days,
        CASE WHEN c.extended AND c.extend_approver IS NOT NULL THEN 1 ELSE 0 END
            * param('extension_days', c.accept_time) AS extension_days
    FROM license_case AS c
    JOIN license_item AS i ON i.item_code = c.item_code
    WHERE coalesce(c.result, '') NOT IN ('撤回', '退件')
)
SELECT
    unit_id, 'license_case' AS subject_type, case_id AS subject_id,
    used_days - legal_days - extension_days AS metric,
    item_name, accept_time, decide_time, ended_time, used_days, promise_days, legal_days, extension_days
FROM timed
WHERE used_days > least(coalesce(promise_days, legal_days), legal_days + extension_days)
    AND legal_days + extension_days IS NOT NULL
