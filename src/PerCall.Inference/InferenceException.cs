namespace PerCall.Inference;

/// <summary>What a caller did wrong, or what the service cannot do for the caller now; a host maps each to its own kind of answer.</summary>
public abstract class InferenceException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A stable, machine-readable name of the fault in snake_case, for example <c>truncated_image</c>.</summary>
    public string Code { get; } = code;
}

/// <summary>An input that no model could be run on.</summary>
/// <param name="code">A stable name of the fault.</param>
/// <param name="message">What was wrong, and what is allowed.</param>
/// <param name="param">The parameter at fault, as the caller named it.</param>
/// <param name="inner">The fault of the library below, if one reported it.</param>
public sealed class InvalidInputException(string code, string message, string? param = null, Exception? inner = null)
    : InferenceException(code, message, inner)
{
    /// <summary>The parameter at fault, as the caller named it.</summary>
    public string? Param { get; } = param;
}

/// <summary>A model, version or alias that does not exist, or that was asked for another task than its own.</summary>
public sealed class ModelNotFoundException(string code, string message) : InferenceException(code, message);

/// <summary>A model that cannot take the call now: its queue is full, or memory or the disk is taken by others.</summary>
/// <param name="message">What is taken.</param>
/// <param name="retryAfter">When a further try makes sense.</param>
/// <param name="code">A stable name of what is taken.</param>
/// <param name="inner">The fault below, if one reported it.</param>
public sealed class ModelBusyException(string message, TimeSpan retryAfter, string code = "model_busy", Exception? inner = null)
    : InferenceException(code, message, inner)
{
    /// <summary>When a further try makes sense.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>A published model whose stored bytes are not those that were published, or that no longer loads.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="inner">The fault of the library below, if one reported it.</param>
/// <param name="file">The file of the package that is at fault, where it is known.</param>
public sealed class ModelCorruptException(string message, Exception? inner = null, string? file = null)
    : InferenceException("model_corrupt", message, inner)
{
    /// <summary>The file of the package that is at fault, or the place in <c>model.json</c>; null where it is not known.</summary>
    public string? File { get; } = file;
}

/// <summary>A run of the graph that failed on its input: an index beyond an embedding, for example. The model serves on.</summary>
public sealed class ModelFailedException(string model, string why, Exception? inner = null)
    : InferenceException("model_failed", $"The model '{model}' failed on this input: {why}", inner);

/// <summary>A change to the registry that contradicts what is there: a version that exists, an alias that names it.</summary>
public sealed class RegistryConflictException(string code, string message) : InferenceException(code, message);

/// <summary>A package that was refused; nothing of it was stored.</summary>
/// <param name="faults">Every fault that was found, at least one.</param>
public sealed class PackageRefusedException(IReadOnlyList<PackageFault> faults)
    : InferenceException("package_refused", $"The package was refused for {faults.Count} fault(s): {string.Join(" ", faults.Select(f => f.ToString()))}")
{
    /// <summary>Every fault that was found.</summary>
    public IReadOnlyList<PackageFault> Faults { get; } = faults;
}

/// <summary>One fault of a package.</summary>
/// <param name="Where">The file, or the place in <c>model.json</c> as a path such as <c>image.mean</c>.</param>
/// <param name="Problem">What is wrong, with the value at fault and what is allowed.</param>
public sealed record PackageFault(string Where, string Problem)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Where}: {Problem}";
}
