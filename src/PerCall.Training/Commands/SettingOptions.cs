using System.CommandLine;

namespace PerCall.Training.Commands;

/// <summary>The command-line options for a method's settings. An omitted option keeps the method's default.</summary>
internal sealed class SettingOptions
{
    private static readonly string[] Factorizations = ["mf", "svd++", "als"];
    private static readonly string[] Neighborhoods = ["item-knn", "user-knn"];

    private readonly Option<int?> _factors = Whole("--factors", "Length of the factor vectors.", 1, 1024);
    private readonly Option<int?> _epochs = Whole("--epochs", "Passes over the ratings.", 1, 10_000);
    private readonly Option<float?> _rate = Number("--learning-rate", "Step size in the first epoch.", 1e-6f, 1);
    private readonly Option<float?> _regularization = Number(
        "--regularization", "λ: strength of the penalty on large factors.", 1e-6f, 1e6f);
    private readonly Option<float?> _confidence = Number("--confidence", "α of als: confidence added per unit of feedback.", 1e-6f, 1e6f);
    private readonly Option<int?> _neighbors = Whole("--neighbors", "Number of neighbours kept per item or user.", 1, 10_000);
    private readonly Option<float?> _shrinkage = Number(
        "--shrinkage", "Added to the sum of similarities in the denominator of an estimate.", 0, 1e6f);
    private readonly Option<int?> _seed = Whole("--seed", "Seed for all random choices.", 0, int.MaxValue);
    private readonly Option<int?> _threads = Whole("--threads", "Maximum number of threads. The result does not depend on it.", 1, 1024);

    private (Option Option, string[] Methods)[] Specific =>
    [
        (_factors, Factorizations), (_epochs, Factorizations), (_rate, ["mf", "svd++"]), (_regularization, Factorizations),
        (_confidence, ["als"]),
        (_neighbors, Neighborhoods), (_shrinkage, Neighborhoods),
    ];

    public void AddTo(Command command)
    {
        foreach (var (option, methods) in Specific)
        {
            option.Description += $" For {string.Join(", ", methods)}.";
            command.Add(option);
        }

        command.Add(_seed);
        command.Add(_threads);
    }

    /// <exception cref="TrainingException">An option was given that none of the methods supports.</exception>
    public MethodSettings Read(ParseResult parsed, IReadOnlyCollection<string> methods)
    {
        foreach (var (option, theirs) in Specific)
        {
            if (parsed.GetResult(option) is not null && !theirs.Intersect(methods).Any())
            {
                throw new TrainingException(
                    $"{option.Name} does not apply to {string.Join(", ", methods)}; allowed for: {string.Join(", ", theirs)}.");
            }
        }

        return new()
        {
            Factors = parsed.GetValue(_factors),
            Epochs = parsed.GetValue(_epochs),
            LearningRate = parsed.GetValue(_rate),
            Regularization = parsed.GetValue(_regularization),
            Confidence = parsed.GetValue(_confidence),
            Neighbors = parsed.GetValue(_neighbors),
            Shrinkage = parsed.GetValue(_shrinkage),
            Seed = parsed.GetValue(_seed) ?? 1,
            Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
        };
    }

    private static Option<int?> Whole(string name, string description, int min, int max) => Ranged<int>(name, description, min, max);

    private static Option<float?> Number(string name, string description, float min, float max) =>
        Ranged<float>(name, description, min, max);

    private static Option<T?> Ranged<T>(string name, string description, T min, T max)
        where T : struct, IComparable<T>
    {
        var option = new Option<T?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<T?>() is { } value && (value.CompareTo(min) < 0 || value.CompareTo(max) > 0))
            {
                result.AddError($"{name} is {value}; allowed: {min} to {max}.");
            }
        });
        return option;
    }
}
