/** Injection tokens of what is an interface, a value or another's class. */
export const CLOCK = Symbol('Clock');
export const CONFIG = Symbol('Config');
export const VIEWS = Symbol('read models (MongoDB database)');
export const VAULT = Symbol('vault (MongoDB database)');
export const VIEWER_SERVICES = Symbol('what tells who asks (ViewerServices)');
export const PLATFORM = Symbol('Platform');
export const ADDRESS_FINDER = Symbol('AddressFinder');
