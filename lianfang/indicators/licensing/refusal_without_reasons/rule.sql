SELECT
    c.unit_id, 'license_case' AS subject_type, c.case_id AS subject_id,
    1 AS metric,
    c.result, c.reason, c.decide_time, c.ended_time
FROM license_case AS c
WHERE c.result IN ('不予', '退件')
    AND (
        absent(c.reason) AND param('least_characters', coalesce(c.decide_time, c.ended_time, c.receive_time)) > 0
        OR length(trim(c.reason)) < param('least_characters', coalesce(c.decide_time, c.ended_time, c.receive_time))
        AND c.reason NOT LIKE '%附件%' AND c.reason NOT LIKE '%决定书%' AND c.reason NOT LIKE '%通知书%'
        AND c.reason NOT LIKE '%告知书%'
    )
