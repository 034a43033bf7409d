namespace PerCall.Functions.Requests;

/// <summary>Parameters that all calls of models share.</summary>
public static class ModelParameters
{
    /// <summary>Most labels that a call can ask for.</summary>
    public const int MaxTopK = 1000;

    private const int DefaultTopK = 5;
    private const int MaxShown = 100;

    /// <param name="model">The model as the caller named it.</param>
    /// <param name="where">Where the call expects it, for example <c>'model' in the body</c>.</param>
    /// <exception cref="RefusedException">The model is missing.</exception>
    public static string Model(string? model, string where = "'model' in the body") => !string.IsNullOrEmpty(model)
        ? model
        : throw RefusedException.BadRequest(
            "missing_model", $"'model' is missing; send {where}. List the models with GET /v1/models.", "model");

    /// <summary>Shortens a name for use in a message.</summary>
    public static string Shown(string name) => name.Length <= MaxShown ? name : name[..MaxShown] + "…";

    /// <exception cref="RefusedException">The value is out of range.</exception>
    public static int TopK(int? topK) => (topK ?? DefaultTopK) is var value and >= 1 and <= MaxTopK
        ? value
        : throw RefusedException.BadRequest("invalid_top_k", $"'top_k' is {topK}; allowed: 1 to {MaxTopK}.", "top_k");
}
