WITH steps AS (
    SELECT
        c.unit_id, e.case_id, e.handler_id, e.node_no, e.end_time, i.name AS item_name, i.must_nodes,
        e.action = '受理' OR (e.action IS NULL AND e.node_no = 1) AS accepts,
        e.action = '决定' OR (e.action IS NULL AND e.node_no = i.must_nodes) AS decides
    FROM license_event AS e
    JOIN license_case AS c ON c.case_id = e.case_id
    JOIN license_item AS i ON i.item_code = c.item_code
    WHERE i.must_nodes >= 3 AND NOT coalesce(i.is_instant, FALSE)
), persons AS (
    SELECT
        unit_id, case_id, handler_id, item_name, must_nodes,
        count(DISTINCT node_no) AS steps_done,
        min(CASE WHEN accepts THEN end_time END) AS accepted_at, max(CASE WHEN decides THEN end_time END) AS decided_at
    FROM steps
    WHERE case_id IS NOT NULL AND handler_id IS NOT NULL
    GROUP BY unit_id, case_id, handler_id, item_name, must_nodes
    HAVING count(CASE WHEN accepts THEN 1 END) > 0 AND count(CASE WHEN decides THEN 1 END) > 0
)
SELECT
    unit_id, 'license_case' AS subject_type, case_id AS subject_id, handler_id AS person_id,
    greatest(steps_done, 1) AS metric,
    item_name, must_nodes, accepted_at, decided_at
FROM persons
