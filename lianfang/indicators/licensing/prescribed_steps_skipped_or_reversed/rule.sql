WITH steps AS (
    SELECT case_id, node_no, min(seq) AS first_seq, max(seq) AS last_seq
    FROM license_event
    WHERE case_id IS NOT NULL AND node_no IS NOT NULL AND coalesce(action, '') <> '补正退回'
    GROUP BY case_id, node_no
), reversed AS (
    -- a step is reversed when a later step was over before it first began: a second round after a return is not
    SELECT early.case_id, count(DISTINCT early.node_no) AS steps_reversed
    FROM steps AS early
    JOIN steps AS late ON late.case_id = early.case_id AND late.node_no > early.node_no
    WHERE late.last_seq < early.first_seq AND early.case_id IS NOT NULL
    GROUP BY early.case_id
), unnumbered AS (
    SELECT case_id
    FROM license_event
    WHERE case_id IS NOT NULL AND node_no IS NULL AND coalesce(action, '') <> '补正退回'
    GROUP BY case_id
), done AS (
    SELECT s.case_id, i.must_nodes, count(CASE WHEN s.node_no BETWEEN 1 AND i.must_nodes THEN 1 END) AS steps_done
    FROM steps AS s
    JOIN license_case AS c ON c.case_id = s.case_id
    JOIN license_item AS i ON i.item_code = c.item_code
    WHERE s.case_id IS NOT NULL AND i.must_nodes IS NOT NULL AND NOT coalesce(i.is_instant, FALSE)
    GROUP BY s.case_id, i.must_nodes
), counted AS (
    SELECT
        d.case_id, d.must_nodes, d.steps_done, coalesce(r.steps_reversed, 0) AS steps_reversed,
        CASE WHEN u.case_id IS NULL THEN d.must_nodes - d.steps_done ELSE 0 END AS steps_missing
    FROM done AS d
    LEFT JOIN reversed AS r ON r.case_id = d.case_id
    LEFT JOIN unnumbered AS u ON u.case_id = d.case_id
)
SELECT
    c.unit_id, 'license_case' AS subject_type, c.case_id AS subject_id,
    n.steps_missing + n.steps_reversed AS metric,
    c.decide_time, n.must_nodes, n.steps_done, n.steps_missing, n.steps_reversed
FROM counted AS n
JOIN license_case AS c ON c.case_id = n.case_id
WHERE c.result IN ('准予', '不予') AND n.steps_missing + n.steps_reversed > 0
