using System.CommandLine;
using PerCall.Inference;
using PerCall.Inference.Deriving;
using PerCall.Inference.Images;
using PerCall.Inference.Registry;

namespace PerCall.Cli.Models;

/// <summary>Derives a package, and prints what was derived and from where.</summary>
internal sealed class Deriver
{
    private readonly Option<string[]> _set = new("--set")
    {
        Description = "An answer in advance, or a member of model.json, as NAME=VALUE: pixels='bgr 0..255', license=MIT, "
            + "output.activation=none.",
    };

    private readonly Option<string?> _name = new("--name") { Description = "Name of the model. Default: the folder's." };

    public void AddTo(Command command)
    {
        _set.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => t.Value.IndexOf('=', StringComparison.Ordinal) < 1))
            {
                result.AddError($"'{token.Value}' has no '='; expected NAME=VALUE, for example license=MIT.");
            }
        });
        command.Options.Add(_set);
        command.Options.Add(_name);
    }

    /// <summary>Writes <c>model.json</c> into the folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name of the model, if no option gives one.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PackageRefusedException">The package cannot be derived.</exception>
    public async Task<DerivedPackage> RunAsync(string folder, string name, ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        var settings = (parsed.GetValue(_set) ?? []).Select(s => s.Split('=', 2)).GroupBy(s => s[0], StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Last()[1], StringComparer.Ordinal);
        var deriver = new PackageDeriver(new(new ModelRegistryOptions()), new(ImageClassifier.DefaultMaxPixels));
        IQuestions questions = Console.IsInputRedirected ? new NoQuestions() : new TerminalQuestions(output);
        var package = await deriver.DeriveAsync(folder, parsed.GetValue(_name) ?? name, settings, questions, cancellation);
        Print(package, output);
        return package;
    }

    /// <summary>Refuses options that have no effect, because the folder has a manifest.</summary>
    /// <exception cref="PackageRefusedException">One of the options is given.</exception>
    public void RequireUnset(ParseResult parsed, string folder)
    {
        var given = parsed.GetResult(_set) is not null ? _set.Name : parsed.GetResult(_name) is not null ? _name.Name : null;
        if (given is not null)
        {
            throw new PackageRefusedException([new(
                given, $"is for a model without a model.json, which {folder} has; change the file, or run 'models init --force'.")]);
        }
    }

    private static void Print(DerivedPackage package, TextWriter output)
    {
        var width = package.Facts.Max(f => f.Member.Length);
        foreach (var fact in package.Facts)
        {
            output.WriteLine($"  {fact.Member.PadRight(width)}  {fact.Value}  <- {(fact.IsAssumed ? "assumed: " : "")}{fact.Source}");
        }

        foreach (var note in package.Notes)
        {
            output.WriteLine($"Note: {note}");
        }

        if (package.Facts.Any(f => f.IsAssumed))
        {
            output.WriteLine("What is assumed can be changed with --set, or in model.json.");
        }

        output.WriteLine($"Ran on a sample in {package.Elapsed.TotalMilliseconds:0} ms: {package.Answer}");
    }
}
