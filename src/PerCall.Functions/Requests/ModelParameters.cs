namespace PerCall.Functions.Requests;

/// <summary>Parameters that calls on models have in common.</summary>
public static class ModelParameters
{
    private const int DefaultTopK = 5;
    private const int MaxTopK = 1000;
    private const int MaxShown = 100;

    /// <param name="model">As the caller named it.</param>
    /// <param name="where">Where the call takes it, for example <c>'model' in the body</c>.</param>
    /// <exception cref="RefusedException">None is named.</exception>
    public static string Model(string? model, string where = "'model' in the body") => !string.IsNullOrEmpty(model)
        ? model
        : throw RefusedException.BadRequest(
            "missing_model", $"'model' is missing; send {where}. List the models with GET /v1/models.", "model");

    /// <summary>A name as it may stand in a sentence, however long it was sent.</summary>
    public static string Shown(string name) => name.Length <= MaxShown ? name : name[..MaxShown] + "…";

    /// <exception cref="RefusedException">It is out of its range.</exception>
    public static int TopK(int? topK) => (topK ?? DefaultTopK) is var value and >= 1 and <= MaxTopK
        ? value
        : throw RefusedException.BadRequest("invalid_top_k", $"'top_k' is {topK}; allowed: 1 to {MaxTopK}.", "top_k");
}
