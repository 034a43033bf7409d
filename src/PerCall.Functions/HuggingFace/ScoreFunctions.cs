using PerCall.Functions.Requests;
using PerCall.Inference.Packages;

namespace PerCall.Functions.HuggingFace;

/// <summary>Compares the function that a call wants to be applied to a model's values with the one that its package declares.</summary>
public static class ScoreFunctions
{
    private const string Member = "parameters.function_to_apply";
    private static readonly string[] All = ["sigmoid", "softmax", "none"];

    /// <param name="asked">The function's name; null: the model's own.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="RefusedException">400: there is no such function, or the package declares another one.</exception>
    public static void Require(string? asked, ModelManifest model)
    {
        if (asked is null)
        {
            return;
        }

        if (!All.Contains(asked))
        {
            throw RefusedException.BadRequest(
                "invalid_function_to_apply", $"'{Member}' is '{Page.Short(asked)}'; allowed: {string.Join(", ", All)}.", Member);
        }

        var own = model.Output?.Activation?.ToString().ToLowerInvariant();
        if (asked != own)
        {
            throw RefusedException.BadRequest(
                "invalid_function_to_apply",
                $"'{Member}' is '{asked}', but the package of the model {model} declares {own ?? "no function"}, and a call cannot change "
                    + $"that; allowed: {(own is null ? "" : $"'{own}', or ")}leave it out.",
                Member);
        }
    }
}
