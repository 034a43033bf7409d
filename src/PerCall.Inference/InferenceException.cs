namespace PerCall.Inference;

/// <summary>
/// Base class of the errors that a caller caused, or that the service has at the moment. A host maps each subclass to a response.
/// </summary>
public abstract class InferenceException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The stable, machine-readable error code in snake_case, for example <c>truncated_image</c>.</summary>
    public string Code { get; } = code;
}

/// <summary>The input is invalid for any model.</summary>
/// <param name="code">The stable error code.</param>
/// <param name="message">What was wrong, and what is allowed.</param>
/// <param name="param">The parameter with the error, as the caller named it.</param>
/// <param name="inner">The exception of the underlying library, if there is one.</param>
public sealed class InvalidInputException(string code, string message, string? param = null, Exception? inner = null)
    : InferenceException(code, message, inner)
{
    /// <summary>The parameter with the error, as the caller named it.</summary>
    public string? Param { get; } = param;
}

/// <summary>The model, version or alias does not exist, or the model is for another task than the requested one.</summary>
public sealed class ModelNotFoundException(string code, string message) : InferenceException(code, message);

/// <summary>The model cannot accept the call now: its queue is full, or other models use the memory or the disk.</summary>
/// <param name="message">Which resource is exhausted.</param>
/// <param name="retryAfter">How long to wait before a retry.</param>
/// <param name="code">The stable error code for the exhausted resource.</param>
/// <param name="inner">The underlying exception, if there is one.</param>
public sealed class ModelBusyException(string message, TimeSpan retryAfter, string code = "model_busy", Exception? inner = null)
    : InferenceException(code, message, inner)
{
    /// <summary>How long to wait before a retry.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>The stored bytes of a published model differ from the published bytes, or the model cannot be loaded.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="inner">The exception of the underlying library, if there is one.</param>
/// <param name="file">The package file with the error, if it is known.</param>
public sealed class ModelCorruptException(string message, Exception? inner = null, string? file = null)
    : InferenceException("model_corrupt", message, inner)
{
    /// <summary>The package file with the error, or the path in <c>model.json</c>; null if it is not known.</summary>
    public string? File { get; } = file;
}

/// <summary>The graph failed on an input, for example because of an index beyond an embedding. The model stays in use.</summary>
public sealed class ModelFailedException(string model, string why, Exception? inner = null)
    : InferenceException("model_failed", $"The model '{model}' failed on this input: {why}", inner);

/// <summary>A large model gave no label for an input: the model or its provider refused the input, or the answer is not a label.</summary>
/// <param name="code">The stable error code.</param>
/// <param name="model">The model.</param>
/// <param name="why">What was wrong, as the end of a sentence.</param>
/// <param name="param">The input with the error, as the caller named it; null if it is not known.</param>
/// <param name="inner">The underlying exception, if there is one.</param>
public sealed class LabelRefusedException(string code, string model, string why, string? param = null, Exception? inner = null)
    : InferenceException(code, $"The model '{model}' gave no label for {(param is null ? "this input" : $"'{param}'")}: {why}", inner)
{
    /// <summary>The input with the error, as the caller named it; null if it is not known.</summary>
    public string? Param { get; } = param;

    /// <summary>Returns the same error with the name that callers know the model by.</summary>
    public LabelRefusedException Of(string name) => name == model ? this : new(Code, name, why, Param, this);

    /// <summary>Returns the same error for a named input.</summary>
    public LabelRefusedException For(string input) => new(Code, model, why, input, this);
}

/// <summary>The service's settings have no large model of the name that a package names.</summary>
/// <param name="model">The model.</param>
/// <param name="large">The large model that its package names.</param>
public sealed class ModelNotConfiguredException(string model, string large) : InferenceException(
    "large_model_not_configured",
    $"The model '{model}' needs the large model '{large}', which this service does not have. The operator configures it in the settings "
        + $"PerCall:OpenAI:Models:{large}.");

/// <summary>The change conflicts with the state of the registry: the version already exists, or an alias names it.</summary>
public sealed class RegistryConflictException(string code, string message) : InferenceException(code, message);

/// <summary>The package was refused. Nothing of it was stored.</summary>
/// <param name="faults">All faults that were found, at least one.</param>
public sealed class PackageRefusedException(IReadOnlyList<PackageFault> faults)
    : InferenceException(
        "package_refused", $"The package was refused for {faults.Count} fault(s): {string.Join(" ", faults.Select(f => f.ToString()))}")
{
    /// <summary>All faults that were found.</summary>
    public IReadOnlyList<PackageFault> Faults { get; } = faults;
}

/// <summary>A fault of a package.</summary>
/// <param name="Where">The file, or the path in <c>model.json</c>, such as <c>image.mean</c>.</param>
/// <param name="Problem">What is wrong, with the invalid value and the allowed values.</param>
public sealed record PackageFault(string Where, string Problem)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Where}: {Problem}";
}
