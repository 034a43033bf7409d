namespace PerCall.Hosting.Functions;

/// <summary>The trigger's data does not fit the function's parameters.</summary>
internal sealed class InvalidBindingException(string message, Exception? inner = null) : Exception(message, inner);
