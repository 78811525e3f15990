/** Short names for the generated wire types. */
import type { components } from './schema'

type Schemas = components['schemas']

export type AgentSessionInfo = Schemas['AgentSessionInfo']
export type AgentState = Schemas['AgentState']
export type CallInfo = Schemas['CallInfo']
export type CategoryInfo = Schemas['CategoryInfo']
export type Centre = Schemas['Centre']
export type Desk = Schemas['Desk']
export type Device = Schemas['Device']
export type DispatchInfo = Schemas['DispatchInfo']
export type DispatchStatus = Schemas['DispatchStatus']
export type FieldStateInfo = Schemas['FieldStateInfo']
export type FormFields = Schemas['FormFields']
export type Health = Schemas['Health']
export type Helpers = Schemas['Helpers']
export type Lamp = Schemas['Lamp']
export type LegRole = Schemas['LegRole']
export type Me = Schemas['Me']
export type OrderInfo = Schemas['OrderInfo']
export type OrderLine = Schemas['OrderLine']
export type PartialInfo = Schemas['PartialInfo']
export type Problem = Schemas['Problem']
export type Role = Schemas['Role']
export type SeatInfo = Schemas['SeatInfo']
export type SipAccount = Schemas['SipAccount']
export type SuggestionInfo = Schemas['SuggestionInfo']
export type UnitInfo = Schemas['UnitInfo']
export type UnitOrder = Schemas['UnitOrder']
export type UtteranceInfo = Schemas['UtteranceInfo']
export type WorkOrderStatus = Schemas['WorkOrderStatus']
export type Workspace = Schemas['Workspace']

export type SocketMessage = Schemas['SocketMessage']

export type FieldName = keyof FormFields
