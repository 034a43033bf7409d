namespace PerCall.Hosting.Functions;

internal sealed class FunctionTimeoutException(string function, TimeSpan timeout)
    : TimeoutException($"Function {function} ran longer than functionTimeout of host.json, {timeout}.");
