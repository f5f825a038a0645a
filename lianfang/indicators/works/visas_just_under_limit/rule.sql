SELECT
  c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, COUNT(*) AS metric,
  SUM(g.amount) AS total, MIN(g.amount) AS smallest, MAX(g.amount) AS largest, param('limit') AS approval_limit,
  MIN(g.approve_date) AS first_approved, MAX(g.approve_date) AS last_approved, joined(g.change_id) AS changes
FROM contract_change AS g
JOIN contract AS c ON c.contract_id = g.contract_id
WHERE g.amount BETWEEN param('limit') * param('near') AND param('limit')
  AND days(g.approve_date, as_of()) < param('window_days')
  AND COALESCE(g.approve_level, '') NOT IN ('班子', '原审批部门')
GROUP BY c.unit_id, c.contract_id
HAVING COUNT(*) >= param('visas')
