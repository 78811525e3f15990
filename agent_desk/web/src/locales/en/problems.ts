/** What the server refuses with, by its code; its own Chinese sentence stands behind. */
export default {
  'problem.invalid_input': 'Something entered is not right',
  'problem.not_found': 'This is not there, or you may not see it',
  'problem.gone': 'This is no longer kept',
  'problem.conflict': 'Somebody or something else was quicker: look again',
  'problem.forbidden': 'You may not do this',
  'problem.not_signed_in': 'Sign in first',
  'problem.too_many_attempts': 'Too many tries: wait a few minutes',
  'problem.unavailable': 'This part does not answer at present: try again shortly',
  'problem.illegal_transition': 'That is not possible at the present status',
  'problem.off_duty': 'Nobody is on duty at this unit',
  'problem.too_large': 'This is too large',
  'problem.internal': 'Something went wrong in the system: try again, else tell the administrator',
  'problem.not_built': 'The pages are not built',
  'problem.refused': 'The request was refused',
}
