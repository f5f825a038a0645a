WITH approval AS (
  SELECT p.project_id, '可研批复' AS kind, p.feasibility_date AS approved_on,
    absent(p.feasibility_date) AND COALESCE(p.approval_mode, '') <> '简化审批' AS is_absent
  FROM project AS p
  UNION ALL
  SELECT p.project_id, '初步设计批复' AS kind, p.prelim_date AS approved_on,
    absent(p.prelim_date) AND COALESCE(p.approval_mode, '') <> '简化审批' AS is_absent
  FROM project AS p
  UNION ALL
  -- a late permit is a fact whatever the category; a missing one counts only where a permit is known to be needed
  SELECT p.project_id, '施工许可' AS kind, p.construct_permit_date AS approved_on,
    absent(p.construct_permit_date) AND (p.permit_required OR p.category IS NOT NULL) AS is_absent
  FROM project AS p
  WHERE COALESCE(p.permit_required, COALESCE(p.category, '房建') IN ('房建', '市政'))
    AND NOT COALESCE(COALESCE(p.approved_budget, p.estimate_amount) <= param('permit_exempt'), FALSE)
)
SELECT
  p.unit_id, 'project' AS subject_type, p.project_id AS subject_id, COUNT(*) AS metric,
  joined(a.kind) AS approvals, MAX(p.name) AS name, MAX(p.start_date) AS start_date,
  MAX(p.feasibility_date) AS feasibility_date, MAX(p.prelim_date) AS prelim_date,
  MAX(p.construct_permit_date) AS construct_permit_date
FROM project AS p
JOIN approval AS a ON a.project_id = p.project_id
WHERE p.is_gov_invest
  AND NOT COALESCE(p.is_emergency, FALSE)
  AND p.start_date IS NOT NULL
  AND (a.is_absent OR a.approved_on > p.start_date)
  AND param('approval_needed', p.start_date, a.kind) = 1
GROUP BY p.unit_id, p.project_id
